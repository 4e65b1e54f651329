// An output that knows its own JSON: where a data plane has an answer's text already, encoding it from the model would
// only take it apart and put it together again. Its members are there as well, for callers inside the cloud.

export const preparedJson: unique symbol = Symbol('preparedJson');

export interface Prepared {
  /** The whole body, as the JSON protocols send it. */
  readonly [preparedJson]: () => string;
}

export function isPrepared(output: unknown): output is Prepared {
  return typeof output === 'object' && output !== null && preparedJson in output;
}
