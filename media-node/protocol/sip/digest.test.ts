import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  algorithmNamed,
  chooseChallenge,
  credentialsProve,
  type DigestChallenge,
  type DigestInput,
  digestResponse,
  equalInConstantTime,
  parseChallenges,
  parseCredentials,
  writeChallenge,
  writeCredentials,
} from "./digest.ts";
import { SipSyntaxError } from "./syntax.ts";

/** RFC 2617 §3.5. */
const RFC2617: DigestInput = {
  algorithm: "MD5",
  username: "Mufasa",
  realm: "testrealm@host.com",
  password: "Circle Of Life",
  method: "GET",
  uri: "/dir/index.html",
  nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
  qop: "auth",
  nc: "00000001",
  cnonce: "0a4f113b",
  body: "",
};

/** RFC 7616 §3.9.1. */
const RFC7616: DigestInput = {
  ...RFC2617,
  realm: "http-auth@example.org",
  password: "Circle of Life",
  nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
  cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
};

/** RFC 7616 §3.9.2 with the values of RFC 7616 erratum 4897. */
const RFC7616_SHA512: DigestInput = {
  ...RFC2617,
  algorithm: "SHA-512-256",
  username: "Jäsøn Doe",
  realm: "api@example.org",
  password: "Secret, or not?",
  uri: "/doe.json",
  nonce: "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
  cnonce: "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
};

/** The forms that no RFC prints a value for, computed with coreutils' md5sum and sha256sum. */
const SIP: DigestInput = {
  ...RFC2617,
  username: "bob",
  realm: "biloxi.com",
  password: "zanzibar",
  method: "INVITE",
  uri: "sip:bob@biloxi.com",
  body: "v=0",
};
const PLAIN = { qop: null, nc: null } as const;

test.each<[string, DigestInput, string]>([
  ["RFC 2617 §3.5", RFC2617, "6629fae49393a05397450978507c4ef1"],
  ["RFC 7616 §3.9.1 MD5", RFC7616, "8ca523f5e9506fed4657c9700eebdbec"],
  [
    "RFC 7616 §3.9.1 SHA-256",
    { ...RFC7616, algorithm: "SHA-256" },
    "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
  ],
  [
    "RFC 7616 §3.9.2 SHA-512-256",
    RFC7616_SHA512,
    "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5",
  ],
  ["MD5 without qop", { ...SIP, ...PLAIN }, "bf57e4e0d0bffc0fbaedce64d59add5e"],
  ["MD5 auth", SIP, "89eb0059246c02b2f6ee02c7961d5ea3"],
  ["MD5 auth-int", { ...SIP, qop: "auth-int" }, "b1c81b2ae89822a39dca670743286f7d"],
  ["MD5-sess auth", { ...SIP, algorithm: "MD5-sess" }, "e4e4ea61d186d07a92c9e1f6919902e9"],
  [
    "MD5-sess without qop",
    { ...SIP, ...PLAIN, algorithm: "MD5-sess" },
    "fff17611bcbbf00c9116a2c922dea8e1",
  ],
  [
    "MD5-sess auth-int",
    { ...SIP, algorithm: "MD5-sess", qop: "auth-int" },
    "37ebb2110ce9799028dade1cb9aa2c2a",
  ],
  [
    "SHA-256 without qop",
    { ...SIP, ...PLAIN, algorithm: "SHA-256" },
    "38aad98c50c33abe72c5f88dd17246ffcfa6b1f68852c855719ff0659386c0ca",
  ],
  [
    "SHA-256 auth-int",
    { ...SIP, algorithm: "SHA-256", qop: "auth-int" },
    "ea394ecd6c5b3112d1637154051cdb33619b9186ff0d15379d2ae2ff984d237e",
  ],
  [
    "SHA-256-sess auth",
    { ...SIP, algorithm: "SHA-256-sess" },
    "5da59c9ca40954be9d5063a15a174066c8251be2c10cf47c144c366dc7daf792",
  ],
  [
    "SHA-256-sess auth-int",
    { ...SIP, algorithm: "SHA-256-sess", qop: "auth-int" },
    "5ab3aad5b92abf411418bb2f6d1fb262fb31b79971b722f9b0c17078f59966d0",
  ],
])("the response of %s", (_name, input, expected) => {
  expect(digestResponse(input)).toBe(expected);
});

const CORPUS = "../shared/corpora/digest.json";
const missing = existsSync(CORPUS) ? "" : ` (skipped: ${CORPUS} is absent)`;

test.skipIf(missing !== "")(`the vectors of the corpus${missing}`, () => {
  const vectors: unknown = JSON.parse(readFileSync(CORPUS, "utf8"));
  // Its SHA-512-256 example carries the value that RFC 7616 erratum 4897 corrects.
  const checked = (vectors as (DigestInput & { src: string; response: string })[]).filter(
    ({ algorithm }) => algorithm !== "SHA-512-256",
  );
  expect(checked).toHaveLength(3);
  for (const { response, src, ...input } of checked) {
    expect([src, digestResponse({ ...input, body: "" })]).toEqual([src, response]);
  }
});

describe("a client", () => {
  const CHALLENGE =
    'Digest realm="atlanta.com", domain="sip:ss1.carrier.com", qop="auth,auth-int", nonce="f84f1cec41e6cbe5aea9c8e88d359", opaque="", stale=FALSE, algorithm=MD5';

  test("reads the challenge of RFC 3261 §22.4 and keeps what it does not know", () => {
    expect(parseChallenges([CHALLENGE])).toEqual([
      {
        realm: "atlanta.com",
        nonce: "f84f1cec41e6cbe5aea9c8e88d359",
        opaque: "",
        algorithm: "MD5",
        qop: ["auth", "auth-int"],
        isStale: false,
        others: [["domain", "sip:ss1.carrier.com"]],
      },
    ]);
  });

  test("reads several challenges of several headers, in one value or many, and no other scheme", () => {
    const found = parseChallenges([
      'Basic realm="x", Digest realm="a, b", nonce="1", Digest realm="c\\"d", nonce=2 , stale = True',
      "Negotiate abc==",
      'DIGEST\r\n realm="e",\r\n nonce="3",,',
      'Digest realm="twice", nonce="4", nonce="5"',
      'Digest realm="no nonce"',
      'Digest realm="unterminated, nonce="6"',
      "",
    ]);
    expect(found.map(({ realm, nonce, isStale }) => [realm, nonce, isStale])).toEqual([
      ["a, b", "1", false],
      ['c"d', "2", true],
      ["e", "3", false],
    ]);
  });

  test("takes the topmost challenge that it understands (RFC 8760 §2.4)", () => {
    const challenges = parseChallenges([
      'Digest realm="r", nonce="0", algorithm=AKAv1-MD5',
      'Digest realm="r", nonce="1", algorithm=SHA-256, qop="token"',
      'Digest realm="r", nonce="2", algorithm=sha-256, qop="auth"',
      'Digest realm="r", nonce="3", algorithm=MD5, qop="auth"',
      'Digest realm="other", nonce="4"',
    ]);
    expect(chooseChallenge(challenges)?.nonce).toBe("2");
    expect(chooseChallenge(challenges, "other")?.nonce).toBe("4");
    expect(chooseChallenge(challenges, "nobody")).toBeNull();
    expect(chooseChallenge(challenges.slice(0, 2))).toBeNull();
  });

  test("writes what RFC 7616 §3.9.1 shows, and only the parameters that the challenge asks for", () => {
    const [challenge] = parseChallenges([
      `Digest realm="${RFC7616.realm}", qop="auth, auth-int", algorithm=SHA-256, nonce="${RFC7616.nonce}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`,
    ]);
    const answer = {
      username: "Mufasa",
      password: "Circle of Life",
      method: "GET",
      uri: "/dir/index.html",
      body: "",
      cnonce: RFC7616.cnonce ?? "",
      nc: 1,
    };
    expect(challenge && writeCredentials(challenge, answer)).toBe(
      `Digest username="Mufasa", realm="http-auth@example.org", nonce="${RFC7616.nonce}", uri="/dir/index.html", response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", algorithm=SHA-256, cnonce="${RFC7616.cnonce}", qop=auth, nc=00000001, opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`,
    );
    const [old] = parseChallenges(['Digest realm="r", nonce="n"']);
    expect(old && writeCredentials(old, answer)).toMatch(
      /^Digest username="Mufasa", realm="r", nonce="n", uri="\/dir\/index.html", response="[0-9a-f]{32}"$/,
    );
    const [unknown] = parseChallenges(['Digest realm="r", nonce="n", algorithm=X']);
    expect(unknown && writeCredentials(unknown, answer)).toBeNull();
  });
});

describe("a server", () => {
  test("reads the credentials of RFC 3261 §22.4, other spellings included", () => {
    const value =
      'dIGEST  UserName="b\\"o\\\\b",realm="biloxi.com",nonce="dcd98b", uri="sip:bob@biloxi.com;x=\\"1,2\\"", qop="AUTH", nc="0000000A", cnonce="0a4f113b", response="6629", opaque="5ccc", algorithm="md5", x-more=1';
    expect(parseCredentials(value)).toEqual({
      username: 'b"o\\b',
      realm: "biloxi.com",
      nonce: "dcd98b",
      uri: 'sip:bob@biloxi.com;x="1,2"',
      response: "6629",
      algorithm: "md5",
      cnonce: "0a4f113b",
      opaque: "5ccc",
      qop: "auth",
      nc: "0000000A",
      others: [["x-more", "1"]],
    });
  });

  test.each([
    ["a parameter is missing", 'Digest username="a", realm="b", nonce="c", uri="d"'],
    ["a parameter stands twice", 'Digest username="a", username="b", realm="r", nonce="n"'],
    ["a quote is open", 'Digest username="a, realm="b"'],
    ["a line would break", 'Digest username="a" realm="b"'],
    [
      "the nonce count is no count",
      'Digest username="a", realm="b", nonce="c", uri="d", response="e", nc=1',
    ],
    [
      "there are two",
      'Digest username="a", realm="b", nonce="c", uri="d", response="e", Digest username="f"',
    ],
  ])("refuses credentials where %s", (_name, value) => {
    expect(parseCredentials(value)).toBeInstanceOf(SipSyntaxError);
  });

  test("leaves other schemes alone", () => {
    expect(parseCredentials("Basic QWxhZGRpbg==")).toBeNull();
    expect(parseCredentials('Bearer token="x"')).toBeNull();
    expect(parseCredentials("")).toBeNull();
  });

  test("knows algorithms in any case, MD5 by default, and no other", () => {
    expect(algorithmNamed(null)).toBe("MD5");
    expect(algorithmNamed("sha-256-SESS")).toBe("SHA-256-sess");
    expect(algorithmNamed("SHA-1")).toBeNull();
    expect(algorithmNamed("constructor")).toBeNull();
  });

  test("compares texts of any length", () => {
    expect(equalInConstantTime("abc", "abc")).toBe(true);
    expect(equalInConstantTime("abc", "abd")).toBe(false);
    expect(equalInConstantTime("abc", "")).toBe(false);
  });
});

const text = fc.string({ unit: fc.constantFrom(...'ab 1,="\\<>;:@é'.split("")), maxLength: 12 });
const challenge: fc.Arbitrary<DigestChallenge> = fc.record({
  realm: text,
  nonce: text,
  opaque: fc.option(text),
  algorithm: fc.constantFrom(null, "MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256"),
  qop: fc.constantFrom([], ["auth"], ["auth-int"], ["auth-int", "auth", "other"]),
  isStale: fc.boolean(),
  others: fc.constantFrom([], [["domain", "sip:a b"] as const]),
});

test("a challenge that is written is read back the same", () => {
  fc.assert(
    fc.property(challenge, (original) => {
      expect(parseChallenges([writeChallenge(original)])).toEqual([original]);
    }),
  );
});

test("what a client writes proves the password to a server, and no other password, method or body", () => {
  fc.assert(
    fc.property(challenge, text, text, (asked, username, password) => {
      const request = { method: "INVITE", body: "v=0\r\n" };
      const uri = "sip:+4930@example.com";
      const written = writeCredentials(asked, {
        ...{ username, password, uri, cnonce: "c", nc: 27 },
        ...request,
      });
      const credentials = parseCredentials(written ?? "");
      if (credentials === null || credentials instanceof SipSyntaxError)
        throw new Error(`${written}`);
      expect(credentials).toMatchObject({ username, realm: asked.realm, nonce: asked.nonce, uri });
      expect(credentialsProve(credentials, { ...request, password })).toBe(true);
      expect(credentialsProve(credentials, { ...request, password: `${password}x` })).toBe(false);
      expect(credentialsProve(credentials, { ...request, password, method: "BYE" })).toBe(false);
      const isBodyProtected = credentials.qop === "auth-int";
      expect(credentialsProve(credentials, { ...request, password, body: "" })).toBe(
        !isBodyProtected,
      );
      const unknown = { ...credentials, algorithm: "SHA-1" };
      expect(credentialsProve(unknown, { ...request, password })).toBe(false);
    }),
  );
});

test("no text makes the parsers throw", () => {
  const noise = fc.string({ unit: fc.constantFrom(...'Digest realm="\\,nc \r\n<>'.split("")) });
  fc.assert(
    fc.property(noise, (value) => {
      parseChallenges([value, `Digest ${value}`]);
      parseCredentials(`Digest ${value}`);
    }),
  );
});
