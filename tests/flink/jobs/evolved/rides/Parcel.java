package rides;

/** {@code weight} is new. */
public final class Parcel {
    private final long count;
    private final String weight;

    Parcel(long count) {
        this.count = count;
        this.weight = "12 kg";
    }

    long count() {
        return count;
    }
}
