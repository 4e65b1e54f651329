// Objects whose keys users choose: without a prototype that one of those keys could reach. They inherit from an object that is
// empty and inherits nothing itself, because engines keep what has no prototype at all as a hash table, which takes
// several times as long to read, to copy and to write out as JSON.

class Bare {}
Object.setPrototypeOf(Bare.prototype, null);
Reflect.deleteProperty(Bare.prototype, 'constructor');

/** An empty object to fill. `__proto__` and `constructor` are keys like any other. */
export function newRecord<Value = unknown>(): Record<string, Value> {
  return new Bare() as Record<string, Value>;
}
