/** A list in pieces of at most so many: as many as one message holds. */
export function chunks<T>(items: readonly T[], max: number): readonly (readonly T[])[] {
  const out: (readonly T[])[] = [];
  for (let at = 0; at < items.length; at += max) out.push(items.slice(at, at + max));
  return out;
}
