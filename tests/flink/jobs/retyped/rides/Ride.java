package rides;

/** {@code count} has another type. */
public class Ride {
    public int count = 1;
    public String last = "none";
}
