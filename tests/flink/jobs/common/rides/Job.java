package rides;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Counts numbers by key, twice, and prints each count; its arguments, {@code name=value}, change its shape. */
public final class Job {
    private static final int KEYS = 4;

    private final Map<String, String> options = new HashMap<>();

    public static void main(String[] arguments) throws Exception {
        new Job().run(arguments);
    }

    private void run(String[] arguments) throws Exception {
        Configuration configuration = new Configuration();
        for (String argument : arguments) {
            String[] parts = argument.split("=", 2);
            if (parts[0].contains(".")) {
                configuration.setString(parts[0], parts[1]);
            } else {
                options.put(parts[0], parts[1]);
            }
        }
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        if (options.containsKey("max")) {
            environment.setMaxParallelism(Integer.parseInt(options.get("max")));
        }
        SingleOutputStreamOperator<Long> numbers =
                environment.fromSequence(1, Long.MAX_VALUE).setParallelism(1);
        named(numbers, "numbers");
        SingleOutputStreamOperator<Long> paced = numbers.map(new Pace()).setParallelism(1);
        named(paced, "paced");
        DataStream<Long> in = paced;
        if (options.containsKey("inserted")) {
            SingleOutputStreamOperator<Long> inserted = paced.map(new Same());
            named(inserted, "inserted");
            in = inserted;
        }
        SingleOutputStreamOperator<Long> counts = counted(in, "counts", State.of(option("state", "long")));
        if (option("chain", "yes").equals("no")) {
            counts.disableChaining();
        }
        SingleOutputStreamOperator<Long> passed = counts.map(new Same());
        named(passed, "passed");
        if (!option("total", "total").equals("none")) {
            named(counted(passed, "total", new State.OfLong()), option("total", "total"));
        }
        if (options.containsKey("added")) {
            counted(passed, "added", new State.OfLong());
        }
        environment.execute(option("run", "rides"));
    }

    private <S> SingleOutputStreamOperator<Long> counted(DataStream<Long> in, String operator, State<S> state) {
        String descriptor = operator.equals("counts") ? option("descriptor", "count") : "count";
        long fails = operator.equals("counts") ? Long.parseLong(option("fails", "-1")) : -1;
        boolean ages = operator.equals("counts") && options.containsKey("ttl");
        String run = option("run", "rides");
        SingleOutputStreamOperator<Long> counted;
        if (operator.equals("counts") && option("key", "number").equals("text")) {
            KeyedStream<Long, String> keyed = in.keyBy(new KeySelector<Long, String>() {
                @Override
                public String getKey(Long number) {
                    return "" + number % KEYS;
                }
            });
            counted = keyed.process(new Count<String, S>(run, operator, descriptor, state, ages, fails));
        } else {
            KeyedStream<Long, Long> keyed = in.keyBy(new KeySelector<Long, Long>() {
                @Override
                public Long getKey(Long number) {
                    return number % KEYS;
                }
            });
            counted = keyed.process(new Count<Long, S>(run, operator, descriptor, state, ages, fails));
        }
        named(counted, operator);
        return counted;
    }

    private void named(SingleOutputStreamOperator<Long> operator, String name) {
        operator.name(name);
        if (option("uids", "yes").equals("yes")) {
            operator.uid(name);
        }
    }

    private String option(String name, String otherwise) {
        return options.getOrDefault(name, otherwise);
    }
}
