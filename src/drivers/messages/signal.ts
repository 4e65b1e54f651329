// A promise that somebody else settles.

export interface Signal {
  readonly promise: Promise<void>;
  end(): void;
  fail(error: unknown): void;
}

export function createSignal(): Signal {
  let [end, fail]: [() => void, (error: unknown) => void] = [() => undefined, () => undefined];
  const promise = new Promise<void>((resolve, reject) => {
    [end, fail] = [resolve, reject];
  });
  promise.catch(() => undefined); // not everybody waits for it
  return { promise, end, fail };
}
