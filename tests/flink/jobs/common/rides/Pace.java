package rides;

import org.apache.flink.api.common.functions.MapFunction;

/** Some numbers in a second, so that a job runs for as long as somebody looks. */
final class Pace implements MapFunction<Long, Long> {
    @Override
    public Long map(Long number) throws InterruptedException {
        Thread.sleep(15);
        return number;
    }
}
