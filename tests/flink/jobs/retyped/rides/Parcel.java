package rides;

/** No POJO in Flink's sense, as its field is not open to it, so Kryo serialises it. */
public final class Parcel {
    private final long count;

    Parcel(long count) {
        this.count = count;
    }

    long count() {
        return count;
    }
}
