// Files in encrypted rooms, for matrix-js-sdk, which leaves them to the app: AES-CTR, and a hash.
const { subtle } = globalThis.crypto;
const toText = (data) => Buffer.from(data).toString("base64").replace(/=+$/, "");
const toData = (text) => new Uint8Array(Buffer.from(text, "base64"));
const method = (counter) => ({ name: "AES-CTR", counter, length: 64 });

export async function encryptAttachment(data) {
    const counter = new Uint8Array(16);
    globalThis.crypto.getRandomValues(counter.subarray(0, 8));
    const made = { name: "AES-CTR", length: 256 };
    const key = await subtle.generateKey(made, true, ["encrypt", "decrypt"]);
    const encrypted = Buffer.from(await subtle.encrypt(method(counter), key, data));
    const hash = await subtle.digest("SHA-256", encrypted);
    const file = {
        v: "v2",
        key: await subtle.exportKey("jwk", key),
        iv: toText(counter),
        hashes: { sha256: toText(hash) },
    };
    return { encrypted, file };
}

export async function decryptAttachment(data, { key, iv, hashes }) {
    const hash = toText(await subtle.digest("SHA-256", data));
    if (hash !== hashes.sha256.replace(/=+$/, "")) throw new Error("The hash differs.");
    const imported = await subtle.importKey("jwk", key, "AES-CTR", false, ["decrypt"]);
    return Buffer.from(await subtle.decrypt(method(toData(iv)), imported, data));
}
