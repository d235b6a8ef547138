// ruleid: as-any
const user = JSON.parse(text) as any;
// ruleid: as-any
(window as any).debug = true;
// ruleid: as-any
send(form as any);
// ruleid: as-any
const rows = result as any[];
// ruleid: as-any
const name = (load() as any as User).name;
// ruleid: as-any
const old = <any>load();

// ok: as-any
const cache = new Map<string, any>(), list = create<any>(1);
// ok: as-any
const known = JSON.parse(text) as User;
// ok: as-any
const unknownValue = JSON.parse(text) as unknown;
// ok: as-any
const fixed = [1, 2] as const;
// ok: as-any
const table: Record<string, any> = {};
// as any
// ok: as-any
const words = "as good as any";
