/** Reads what a command sent over the admin socket: command and relay are of one version, or the relay says that they are not. */
import { Complaint } from './complaint.ts';

export class Fields {
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(request: unknown) {
    this.#values = new Map(typeof request === 'object' && request !== null ? Object.entries(request) : []);
  }

  text(name: string): string {
    return this.optionalText(name) ?? lacking(name);
  }

  optionalText(name: string): string | undefined {
    const value = this.#values.get(name);
    return value === undefined || typeof value === 'string' ? value : lacking(name);
  }

  number(name: string): number {
    return this.optionalNumber(name) ?? lacking(name);
  }

  optionalNumber(name: string): number | undefined {
    const value = this.#values.get(name);
    return value === undefined || typeof value === 'number' ? value : lacking(name);
  }

  flag(name: string): boolean {
    return this.#values.get(name) === true;
  }

  texts(name: string): readonly string[] {
    const value = this.#values.get(name);
    if (!Array.isArray(value)) return lacking(name);
    return value.map((one: unknown) => (typeof one === 'string' ? one : lacking(name)));
  }

  optionalTexts(name: string): readonly string[] | undefined {
    return this.#values.has(name) ? this.texts(name) : undefined;
  }

  fields(name: string): Fields {
    return new Fields(this.#values.get(name));
  }

  optionalFields(name: string): Fields | undefined {
    return this.#values.get(name) === undefined ? undefined : this.fields(name);
  }
}

function lacking(name: string): never {
  throw new Complaint(`The command lacks its ${name}: are command and relay of one version?`);
}
