export class Store {
  save(row: Row): boolean {
    // ruleid: placeholder-implementation
    // TODO: implement this method
    return true;
  }

  load(key: string): Row {
    // ok: placeholder-implementation
    // the actual implementation is in rows.ts
    return this.rows[key];
  }
}
