// Several things at once.

/**
 * Like Promise.all, but settles only when all of them have: after a failure nothing of it is still going on, so that it
 * can be tried again. Throws the first failure in the order given.
 */
export async function allDone<const Works extends readonly Promise<unknown>[]>(
  works: Works,
): Promise<{ -readonly [Index in keyof Works]: Awaited<Works[Index]> }> {
  const outcomes = await Promise.allSettled(works);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<unknown>).value) as {
    -readonly [Index in keyof Works]: Awaited<Works[Index]>;
  };
}
