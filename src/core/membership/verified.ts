/**
 * Values whose signatures were checked. The core takes no others; only `src/node/verification.ts` makes them, at the
 * border, and nodes re-reading their own store (DESIGN §2).
 */
declare const verifiedBrand: unique symbol;
export type Verified<T> = T & { readonly [verifiedBrand]: true };

/** Says that every signature under the value was checked. A claim, not a check: see who calls it. */
export function asVerified<T>(value: T): Verified<T> {
  return value as Verified<T>;
}
