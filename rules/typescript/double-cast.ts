// ruleid: double-cast
const user = response as unknown as User;
// ruleid: double-cast
const rows = (load() as any) as Row[];
// ruleid: double-cast
send({} as unknown as Request);
// ruleid: double-cast
const old = <User><unknown>response;

// ok: double-cast
const one = response as User;
// ok: double-cast
const next: unknown = response as unknown;
// ok: double-cast
const names = ["a", "b"] as const;
// ok: double-cast
const both = (first as User).name + (second as User).name;
// response as unknown as User
// ok: double-cast
const text = "response as unknown as User";
