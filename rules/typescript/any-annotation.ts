// ruleid: any-annotation
function parse(data: any) {
  return data;
}
// ruleid: any-annotation
const rows: any[] = [];
// ruleid: any-annotation
let current: any;
// ruleid: any-annotation
export async function load(): Promise<any> {
  return rows;
}
interface Response {
  // ruleid: any-annotation
  body: any;
  // ok: any-annotation
  [key: string]: any;
  // ok: any-annotation
  status: number;
}

// ok: any-annotation
function check(data: unknown): data is Row {
  try {
    return typeof data === "object";
  // ok: any-annotation
  } catch (error: any) {
    return false;
  }
}
// ok: any-annotation
const settings: Record<string, any> = {};
// ok: any-annotation
type Call<T> = (...args: any[]) => T;
// ok: any-annotation
function each<F extends (...args: any[]) => void>(call: F): F {
  return call;
}
// data: any
// ok: any-annotation
const text = "data: any";
