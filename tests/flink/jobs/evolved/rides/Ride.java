package rides;

/** {@code last} is gone, {@code fare} is new. */
public class Ride {
    public long count = 1;
    public double fare = 2.5;
}
