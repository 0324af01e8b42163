package rides;

/** A POJO in Flink's sense: a public class with a constructor without arguments and public fields. */
public class Ride {
    public long count = 1;
    public String last = "none";
}
