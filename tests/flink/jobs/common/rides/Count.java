package rides;

import java.time.Duration;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Counts what comes for each key, in state, and prints {@code tidegate <run> <operator> <key> <count>}. */
final class Count<K, S> extends KeyedProcessFunction<K, Long, Long> {
    private final String run;
    private final String operator;
    private final String descriptor;
    private final State<S> state;
    private final boolean ages;
    /** The count at which it fails, once; 0 to fail at each element. */
    private final long fails;

    private transient ValueState<S> count;

    Count(String run, String operator, String descriptor, State<S> state, boolean ages, long fails) {
        this.run = run;
        this.operator = operator;
        this.descriptor = descriptor;
        this.state = state;
        this.ages = ages;
        this.fails = fails;
    }

    @Override
    public void open(OpenContext context) {
        ValueStateDescriptor<S> described = new ValueStateDescriptor<>(descriptor, state.type());
        if (ages) {
            described.enableTimeToLive(StateTtlConfig.newBuilder(Duration.ofDays(1)).build());
        }
        count = getRuntimeContext().getState(described);
    }

    @Override
    public void processElement(Long number, Context context, Collector<Long> out) throws Exception {
        S next = state.next(count.value());
        count.update(next);
        long value = state.count(next);
        boolean first = getRuntimeContext().getTaskInfo().getAttemptNumber() == 0;
        if (fails == 0 || first && value == fails) {
            throw new IllegalStateException("the job fails, as it was told");
        }
        System.out.println("tidegate " + run + " " + operator + " " + context.getCurrentKey() + " " + value);
        out.collect(number);
    }
}
