package rides;

/** {@link Ride} by another name. */
public class Trip {
    public long count = 1;
    public String last = "none";
}
