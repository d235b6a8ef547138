// ruleid: double-cast
const view = <Page user={data as unknown as User} />;
// ok: double-cast
const other = <Page user={data as User} />;
