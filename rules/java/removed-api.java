// ruleid: removed-api
import javax.xml.bind.JAXBContext;
// ruleid: removed-api
import sun.misc.BASE64Encoder;
// ok: removed-api
import jakarta.xml.bind.Marshaller;
// ok: removed-api
import javax.xml.parsers.SAXParser;

class Rows {
    // ruleid: removed-api
    @Override
    protected void finalize() throws Throwable {
        close();
    }

    Object positives(int year) throws Exception {
        // ruleid: removed-api
        Integer count = new Integer(5);
        // ruleid: removed-api
        Date when = new Date(year, 1, 1);
        // ruleid: removed-api
        Thread.currentThread().stop();
        // ruleid: removed-api
        return Rows.class.newInstance();
    }

    Object negatives(long millis, Server server) throws Exception {
        // ok: removed-api
        Integer count = Integer.valueOf(5);
        // ok: removed-api
        Date when = new Date(millis);
        // ok: removed-api
        server.stop();
        // ok: removed-api
        Object row = Rows.class.getDeclaredConstructor().newInstance();
        // new Integer(5)
        // ok: removed-api
        return "new Integer(5)" + row + count + when;
    }

    // ok: removed-api
    void finalize(Row row) {}
}
