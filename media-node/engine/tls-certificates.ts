import { X509Certificate } from "node:crypto";
import { type FSWatcher, readFileSync, statSync, watch } from "node:fs";
import { dirname } from "node:path";
import { createSecureContext } from "node:tls";
import type { EngineClock, EngineTimer } from "./clock.ts";
import type { CertificateReload, EngineEvent, EngineTls } from "./engine-config.ts";

/** A pair is two files: what changes them has this long to finish both. */
const SETTLE_MS = 500;
/** File systems that tell nobody about a change (NFS, some overlays) are asked. */
const POLL_MS = 60_000;
const EXPIRY_CHECK_MS = 3_600_000;
const EXPIRY_NOTICE_MS = 14 * 86_400_000;
const NOTICE_EVERY_MS = 86_400_000;

export interface TlsMaterial {
  readonly certificate: string;
  readonly key: string;
  /** What is shown to servers that ask for a certificate; null: nothing. */
  readonly own: { readonly cert: string; readonly key: string } | null;
  /** Null: the system's trust anchors. */
  readonly ca: string | null;
  /** Who may have issued a client's certificate; null: the system's trust anchors. */
  readonly clientCa: string | null;
}

interface LoadedMaterial extends TlsMaterial {
  /** The narrowest dates of the chain that is served. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** The certificate that is served, its key and the trust anchors: read from files, and again when they change. */
export class TlsCertificates {
  readonly #files: EngineTls;
  readonly #clock: EngineClock;
  readonly #emit: (event: EngineEvent) => void;
  readonly #listeners: ((material: TlsMaterial) => void)[] = [];
  readonly #watchers: FSWatcher[] = [];
  readonly #timers = new Map<"settle" | "poll" | "expiry", EngineTimer>();
  #material: LoadedMaterial;
  #fingerprint: string;
  #noticedAtMs = Number.NEGATIVE_INFINITY;

  /** Throws the system's error when a file is missing, OpenSSL's when certificate and key are no pair. */
  constructor(
    files: EngineTls,
    deps: { readonly clock: EngineClock; readonly emit: (event: EngineEvent) => void },
  ) {
    this.#files = files;
    this.#clock = deps.clock;
    this.#emit = deps.emit;
    this.#fingerprint = this.#readFingerprint();
    this.#material = loadMaterial(files);
  }

  get material(): TlsMaterial {
    return this.#material;
  }

  /** When the first certificate of the chain that is served expires, in ms since 1970. */
  get notAfterMs(): number {
    return this.#material.notAfterMs;
  }

  /** Told of each pair that replaces another. */
  onReload(listener: (material: TlsMaterial) => void): void {
    this.#listeners.push(listener);
  }

  /** Reports the dates now and hourly, and follows the files. */
  start(): void {
    this.#checkExpiry();
    this.#poll();
    // Folders, not files: a pair is usually replaced by renaming, which ends the watch of a file.
    for (const folder of new Set(this.#paths().map((path) => dirname(path)))) {
      this.#watch(folder);
    }
  }

  /** A system out of watches, or a folder that is removed: the poll goes on alone. */
  #watch(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#settle());
      watcher.on("error", () => watcher.close());
      this.#watchers.push(watcher);
    } catch (error) {
      this.#fault("tls_files_not_watched", `${folder}: ${reasonOf(error)}`);
    }
  }

  /** Reads the files now. A pair that cannot be served is refused with a fault, and the old one stays. */
  reload(): CertificateReload {
    const fingerprint = this.#readFingerprint();
    const isSeen = fingerprint === this.#fingerprint;
    this.#fingerprint = fingerprint;
    let loaded: LoadedMaterial;
    try {
      loaded = loadMaterial(this.#files);
    } catch (error) {
      return this.#refuse(reasonOf(error), isSeen);
    }
    const { certificate, key, ca, clientCa } = this.#material;
    if (
      loaded.certificate === certificate &&
      loaded.key === key &&
      loaded.ca === ca &&
      loaded.clientCa === clientCa
    ) {
      return { kind: "unchanged" };
    }
    const nowMs = this.#clock.nowMs();
    if (!isValidAt(loaded, nowMs) && isValidAt(this.#material, nowMs)) {
      const detail = loaded.notAfterMs <= nowMs ? "it has expired" : "it is not yet valid";
      return this.#refuse(detail, isSeen);
    }
    this.#material = loaded;
    this.#noticedAtMs = Number.NEGATIVE_INFINITY;
    for (const listener of this.#listeners) listener(loaded);
    this.#checkExpiry();
    return { kind: "reloaded", notAfterMs: loaded.notAfterMs };
  }

  close(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    for (const watcher of this.#watchers.splice(0)) watcher.close();
  }

  #paths(): string[] {
    const { certificateFile, keyFile, caFile, clientCaFile } = this.#files;
    return [certificateFile, keyFile, caFile, clientCaFile].filter((path) => path !== undefined);
  }

  /** What a replacement changes: the file itself, its size or its time. */
  #readFingerprint(): string {
    return this.#paths().map(stampOf).join("|");
  }

  #settle(): void {
    this.#after("settle", SETTLE_MS, () => {
      if (this.#readFingerprint() !== this.#fingerprint) this.reload();
    });
  }

  #poll(): void {
    this.#after("poll", POLL_MS, () => {
      if (this.#readFingerprint() !== this.#fingerprint) this.reload();
      this.#poll();
    });
  }

  #after(name: "settle" | "poll" | "expiry", delayMs: number, fire: () => void): void {
    this.#timers.get(name)?.cancel();
    this.#timers.set(name, this.#clock.after(delayMs, fire));
  }

  #refuse(detail: string, isSeen: boolean): CertificateReload {
    if (!isSeen) this.#fault("tls_reload_refused", `${this.#files.certificateFile}: ${detail}`);
    return { kind: "refused", detail };
  }

  /** An expired certificate is said every hour, one that will soon be once a day. */
  #checkExpiry(): void {
    const nowMs = this.#clock.nowMs();
    const { notAfterMs, notBeforeMs } = this.#material;
    const until = `${this.#files.certificateFile}: until ${new Date(notAfterMs).toISOString()}`;
    if (notAfterMs <= nowMs) {
      this.#fault("tls_certificate_expired", until);
    } else if (notBeforeMs > nowMs) {
      const from = new Date(notBeforeMs).toISOString();
      this.#fault("tls_certificate_not_yet_valid", `${this.#files.certificateFile}: from ${from}`);
    } else if (
      notAfterMs - nowMs < EXPIRY_NOTICE_MS &&
      nowMs - this.#noticedAtMs >= NOTICE_EVERY_MS
    ) {
      this.#noticedAtMs = nowMs;
      this.#fault("tls_certificate_expires_soon", until);
    }
    this.#after("expiry", EXPIRY_CHECK_MS, () => this.#checkExpiry());
  }

  #fault(code: string, detail: string): void {
    this.#emit({ kind: "fault", code, detail });
  }
}

function stampOf(path: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino}:${size}:${mtimeMs}`;
  } catch (error) {
    return reasonOf(error);
  }
}

function loadMaterial(files: EngineTls): LoadedMaterial {
  const certificate = readFileSync(files.certificateFile, "utf8");
  const key = readFileSync(files.keyFile, "utf8");
  const ca = readOptional(files.caFile);
  const clientCa = readOptional(files.clientCaFile);
  // Throws when either is cut off or they do not belong together.
  createSecureContext({ cert: certificate, key });
  for (const anchors of [ca, clientCa]) if (anchors !== null) certificatesOf(anchors);
  const chain = certificatesOf(certificate);
  return {
    certificate,
    key,
    ca,
    clientCa,
    own: files.presentCertificate === true ? { cert: certificate, key } : null,
    notBeforeMs: Math.max(...chain.map(({ validFromDate }) => validFromDate.getTime())),
    notAfterMs: Math.min(...chain.map(({ validToDate }) => validToDate.getTime())),
  };
}

function readOptional(path: string | undefined): string | null {
  return path === undefined ? null : readFileSync(path, "utf8");
}

/** Every certificate of a PEM file; throws when there is none or one is broken. */
export function certificatesOf(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new TypeError("the file holds no certificate");
  return blocks.map((block) => new X509Certificate(block));
}

function isValidAt(material: LoadedMaterial, atMs: number): boolean {
  return material.notBeforeMs <= atMs && atMs < material.notAfterMs;
}

/** OpenSSL's and the system's errors have codes; their texts may quote a file. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (typeof code === "string") return code;
  return error instanceof TypeError ? error.message : "it cannot be read";
}
