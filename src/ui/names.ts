/** What makes a name one that people can see and tell from another. */

/** Characters that draw nothing: those that Unicode lets programs ignore, and the blank braille cell. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** Space, controls, and marks that need a letter to sit on. */
const SHOWN = /[^\s\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{M}]/u;

/** True if some character of the name is drawn. */
export function showsSomething(name: string): boolean {
  return SHOWN.test(name.replace(UNSEEN, ''));
}

/** What two names have in common that look the same but for case, width, spaces and characters that are not drawn. */
export function likeness(name: string): string {
  return name
    .replace(UNSEEN, '')
    .normalize('NFKC')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .toLowerCase();
}
