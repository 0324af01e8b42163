package rides;

import java.util.ArrayList;
import java.util.List;

/** A POJO with a collection, which Flink 1 leaves to Kryo. */
public class Fleet {
    public long count = 1;
    public List<String> names = new ArrayList<>(List.of("one", "two"));
}
