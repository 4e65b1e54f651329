// Where things stand in the text of a policy: what JSON.parse does not tell.

/** Counted from 1, as AWS's policy simulator does. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

export interface TextSpan {
  readonly start: TextPosition;
  readonly end: TextPosition;
}

/** Whether some object names a member twice. The text must be JSON. */
export function hasRepeatedKeys(text: string): boolean {
  let isRepeated = false;
  walk(text, {
    object(keys) {
      if (new Set(keys).size < keys.length) isRepeated = true;
    },
  });
  return isRepeated;
}

/** Where each statement of a policy begins and ends, as AWS tells it: behind either brace. The text must be JSON. */
export function locateStatements(text: string): readonly TextSpan[] {
  const spans: TextSpan[] = [];
  const positionAt = positionsOf(text);
  walk(text, {
    object(_keys, path, start, end) {
      const [member, place, ...more] = path();
      const isStatement = member === 'Statement' && place === undefined && more.length === 0;
      if (isStatement) spans.push({ start: positionAt(start + 1), end: positionAt(end) });
    },
  });
  return spans;
}

function positionsOf(text: string): (offset: number) => TextPosition {
  return (offset) => {
    const before = text.slice(0, offset).split('\n');
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  };
}

/** The names of the members on the way to a value; undefined for a place in a list. */
type Path = () => readonly (string | undefined)[];

interface Visitor {
  /** At the end of an object: its members' names, where it is, its first character and the one behind its last. */
  object(keys: readonly string[], path: Path, start: number, end: number): void;
}

interface Open {
  readonly start: number;
  /** Absent in a list. */
  readonly keys: string[] | undefined;
}

const token = /[{}[\]:]|"(?:[^"\\]|\\.)*"/gs;

function walk(text: string, visitor: Visitor): void {
  const open: Open[] = [];
  let lastText = '';
  for (const { 0: found, index } of text.matchAll(token)) {
    if (found === '{' || found === '[') {
      open.push({ start: index, keys: found === '{' ? [] : undefined });
    } else if (found === '}' || found === ']') {
      const closed = open.pop();
      const path = () => open.map(({ keys }) => keys?.at(-1));
      if (closed?.keys) visitor.object(closed.keys, path, closed.start, index + 1);
    } else if (found === ':') open.at(-1)?.keys?.push(JSON.parse(lastText) as string);
    else lastText = found;
  }
}
