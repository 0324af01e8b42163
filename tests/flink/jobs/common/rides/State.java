package rides;

import java.io.Serializable;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/** What a count is kept as. */
abstract class State<S> implements Serializable {
    abstract TypeInformation<S> type();

    abstract S first();

    abstract S add(S before);

    abstract long count(S now);

    final S next(S before) {
        return before == null ? first() : add(before);
    }

    static State<?> of(String name) {
        switch (name) {
            case "long":
                return new OfLong();
            case "text":
                return new OfText();
            case "pojo":
                return new OfRide();
            case "renamed":
                return new OfTrip();
            case "kryo":
                return new OfParcel();
            case "kryo-list":
                return new OfCargo();
            case "list":
                return new OfFleet();
            default:
                throw new IllegalArgumentException(name);
        }
    }

    static final class OfLong extends State<Long> {
        @Override
        TypeInformation<Long> type() {
            return TypeInformation.of(Long.class);
        }

        @Override
        Long first() {
            return 1L;
        }

        @Override
        Long add(Long before) {
            return before + 1;
        }

        @Override
        long count(Long now) {
            return now;
        }
    }

    static final class OfText extends State<String> {
        @Override
        TypeInformation<String> type() {
            return TypeInformation.of(String.class);
        }

        @Override
        String first() {
            return "1";
        }

        @Override
        String add(String before) {
            return "" + (Long.parseLong(before) + 1);
        }

        @Override
        long count(String now) {
            return Long.parseLong(now);
        }
    }

    static final class OfRide extends State<Ride> {
        @Override
        TypeInformation<Ride> type() {
            return TypeInformation.of(Ride.class);
        }

        @Override
        Ride first() {
            return new Ride();
        }

        @Override
        Ride add(Ride before) {
            before.count++;
            return before;
        }

        @Override
        long count(Ride now) {
            return now.count;
        }
    }

    static final class OfTrip extends State<Trip> {
        @Override
        TypeInformation<Trip> type() {
            return TypeInformation.of(Trip.class);
        }

        @Override
        Trip first() {
            return new Trip();
        }

        @Override
        Trip add(Trip before) {
            before.count++;
            return before;
        }

        @Override
        long count(Trip now) {
            return now.count;
        }
    }

    static final class OfParcel extends State<Parcel> {
        @Override
        TypeInformation<Parcel> type() {
            return TypeInformation.of(Parcel.class);
        }

        @Override
        Parcel first() {
            return new Parcel(1);
        }

        @Override
        Parcel add(Parcel before) {
            return new Parcel(before.count() + 1);
        }

        @Override
        long count(Parcel now) {
            return now.count();
        }
    }

    static final class OfCargo extends State<Cargo> {
        @Override
        TypeInformation<Cargo> type() {
            return TypeInformation.of(Cargo.class);
        }

        @Override
        Cargo first() {
            return new Cargo(1);
        }

        @Override
        Cargo add(Cargo before) {
            return new Cargo(before.count() + 1);
        }

        @Override
        long count(Cargo now) {
            return now.count();
        }
    }

    static final class OfFleet extends State<Fleet> {
        @Override
        TypeInformation<Fleet> type() {
            return TypeInformation.of(Fleet.class);
        }

        @Override
        Fleet first() {
            return new Fleet();
        }

        @Override
        Fleet add(Fleet before) {
            before.count++;
            return before;
        }

        @Override
        long count(Fleet now) {
            return now.count;
        }
    }
}
