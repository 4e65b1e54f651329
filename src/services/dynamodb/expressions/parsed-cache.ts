// Parsed expressions by their text, because an application sends the same few thousands of times. Bounded: the oldest
// half goes when it is full.

const mostEntries = 2000;

export function memoizeByText<Result>(parse: (text: string) => Result): (text: string) => Result {
  const known = new Map<string, Result>();
  return (text) => {
    let result = known.get(text);
    if (result === undefined) {
      result = parse(text);
      if (known.size >= mostEntries) {
        let surplus = mostEntries / 2;
        for (const key of known.keys()) {
          if (surplus-- <= 0) break;
          known.delete(key);
        }
      }
      known.set(text, result);
    }
    return result;
  };
}
