export function Save({ client }: { client: Client }) {
  const [failed, setFailed] = useState(false);

  async function save(): Promise<void> {
    try {
      await client.save();
      // ruleid: swallowed-exception
    } catch (error) {
      // ignore
    }
  }

  async function load(): Promise<void> {
    try {
      await client.load();
      // ok: swallowed-exception
    } catch (error) {
      setFailed(true);
    }
  }

  useEffect(() => {
    // ruleid: swallowed-exception
    load().catch(() => {});
  }, []);

  // ok: swallowed-exception
  return <button onClick={() => {}} title="catch (error) {}">{failed ? "again" : "save"}</button>;
}
