package rides;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Like {@link Parcel}, with collections. */
public final class Cargo {
    private final long count;
    private final List<String> names = new ArrayList<>(List.of("one", "two"));
    private final Map<String, Double> weights = new HashMap<>(Map.of("one", 2.5));

    Cargo(long count) {
        this.count = count;
    }

    long count() {
        return count;
    }
}
