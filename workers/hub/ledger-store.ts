/** The part of a Durable Object's synchronous storage that the permit ledger keeps itself in. */
export interface LedgerStore {
  get<T>(key: string): T | undefined;
  put<T>(key: string, value: T): void;
  delete(key: string): unknown;
  list<T>(options: { readonly prefix: string }): Iterable<[string, T]>;
}
