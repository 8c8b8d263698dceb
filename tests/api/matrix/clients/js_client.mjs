// matrix-js-sdk as a program: it does what each line of JSON says, and answers with one.
// Arguments: the address of a homeserver, a username, a password, the folder of the package, and,
// for another device of the person, what `secret` said of the first one.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [address, name, password, folder, given] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(`${folder}/node_modules/matrix-js-sdk/lib/${file}`));
// What the package logs would be among the answers.
console.log = console.info = console.debug = console.trace = () => {};
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
const sdk = await load("index.js");
const { OnlySignedDevicesIsolationMode } = await load("crypto-api/index.js");
const { decryptAttachment, encryptAttachment } = await import("./attachments.mjs");

const stranger = sdk.createClient({ baseUrl: address });
const identifier = { type: "m.id.user", user: name };
const proof = { type: "m.login.password", identifier, password };
const login = await stranger.loginRequest(proof);
let secret = given ? new Uint8Array(Buffer.from(given, "base64")) : undefined;
const client = sdk.createClient({
    baseUrl: address,
    userId: login.user_id,
    accessToken: login.access_token,
    deviceId: login.device_id,
    cryptoCallbacks: {
        getSecretStorageKey: async ({ keys }) => [Object.keys(keys)[0], secret],
        cacheSecretStorageKey: (id, info, key) => {
            secret = key;
        },
    },
});
await client.initRustCrypto({ useIndexedDB: false });
const crypto = client.getCrypto();
crypto.setDeviceIsolationMode(new OnlySignedDevicesIsolationMode());

const typing = {};
client.on("RoomMember.typing", (event, member) => {
    const users = new Set(typing[member.roomId]);
    if (member.typing) users.add(member.userId);
    else users.delete(member.userId);
    typing[member.roomId] = [...users];
});
// All that was ever told, as a timeline begins anew where too much is new at once.
const told = new Set();
client.on("Room.timeline", (event) => told.add(event));

function shown(room, event) {
    const annotations = room.relations.getChildEventsForEvent(
        event.getId(),
        "m.annotation",
        "m.reaction",
    );
    const reactions = {};
    for (const [key, events] of annotations?.getSortedAnnotationsByKey() ?? []) {
        reactions[key] = [...events].map((each) => each.getSender()).sort();
    }
    return {
        id: event.getId(),
        sender: event.getSender(),
        text: event.isRedacted() ? null : event.getContent().body,
        reactions,
        reply_to: event.replyEventId ?? null,
        encrypted: event.isEncrypted(),
    };
}

const isText = (event) =>
    event.getType() === "m.room.message" &&
    !event.isDecryptionFailure() &&
    !event.isRelation("m.replace") &&
    !event.getId().startsWith("~");

const isUnable = (event) =>
    !event.isRedacted() && (event.isDecryptionFailure() || event.getType() === "m.room.encrypted");

function tally(room) {
    const events = [...told].filter((event) => event.getRoomId() === room);
    const texts = new Map(events.filter(isText).map((event) => [event.getId(), event]));
    const read = {};
    for (const event of texts.values()) (read[event.getSender()] ??= []).push(event.getContent().body);
    const unable = events.filter(isUnable);
    const why = (event) => [event.getId(), String(event.decryptionFailureReason)];
    return { read, unable: Object.fromEntries(unable.map(why)) };
}

async function upload(room, filename, text) {
    const data = Buffer.from(text);
    const options = { name: filename, type: "text/plain", includeFilename: false };
    const content = { msgtype: "m.file", body: filename, info: { size: data.length } };
    if (!client.getRoom(room).hasEncryptionStateEvent()) {
        return { ...content, url: (await client.uploadContent(data, options)).content_uri };
    }
    const { encrypted, file } = await encryptAttachment(data);
    options.type = "application/octet-stream";
    file.url = (await client.uploadContent(encrypted, options)).content_uri;
    return { ...content, file };
}

async function download(room, event) {
    const content = client.getRoom(room).findEventById(event).getContent();
    const from = content.file?.url ?? content.url;
    const place = client.mxcUrlToHttp(from, undefined, undefined, undefined, false, true, true);
    const headers = { Authorization: `Bearer ${client.getAccessToken()}` };
    const answer = await fetch(place, { headers });
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    const data = Buffer.from(await answer.arrayBuffer());
    return (content.file ? await decryptAttachment(data, content.file) : data).toString();
}

async function decrypts(room, events) {
    const made = [];
    for (const each of events) {
        const event = new sdk.MatrixEvent({ ...each, room_id: room });
        await event.attemptDecryption(crypto);
        made.push(!event.isDecryptionFailure());
    }
    return made;
}

const actions = {
    secret: () => Buffer.from(secret).toString("base64"),
    rooms: () => {
        const found = client.getRooms().map((room) => [room.roomId, room.getMyMembership()]);
        const words = { join: "joined", invite: "invited", leave: "left" };
        return Object.fromEntries(found.map(([room, how]) => [room, words[how] ?? how]));
    },
    create: async ({ name, invite, encrypted }) => {
        const content = { algorithm: "m.megolm.v1.aes-sha2", rotation_period_msgs: 100 };
        const state = [{ type: "m.room.encryption", state_key: "", content }];
        const options = { name, invite, initial_state: encrypted ? state : [] };
        return (await client.createRoom(options)).room_id;
    },
    join: async ({ room }) => {
        await client.joinRoom(room);
    },
    messages: ({ room }) => {
        const found = client.getRoom(room);
        const events = found?.getLiveTimeline().getEvents() ?? [];
        return events
            .filter((each) => isText(each) || each.isRedacted())
            .map((each) => shown(found, each));
    },
    tally: ({ room }) => tally(room),
    decrypts: ({ room, events }) => decrypts(room, events),
    meet: async ({ users }) => {
        await crypto.getUserDeviceInfo(users, true);
    },
    encrypted: ({ room }) => client.getRoom(room).hasEncryptionStateEvent(),
    typing: ({ room }) => typing[room] ?? [],
    unread: ({ room }) => client.getRoom(room).getUnreadNotificationCount("total"),
    members: ({ room }) => {
        const members = client.getRoom(room).getJoinedMembers();
        return members.map((each) => each.userId).sort();
    },
    receipts: ({ room }) => {
        const found = client.getRoom(room);
        const users = found.getJoinedMembers().map((each) => each.userId);
        return Object.fromEntries(users.map((each) => [each, found.getEventReadUpTo(each, true)]));
    },
    send: ({ room, text }) => client.sendTextMessage(room, text),
    burst: async ({ room, texts }) => {
        for (const text of texts) await client.sendTextMessage(room, text);
    },
    send_file: async ({ room, name, text }) => {
        await client.sendMessage(room, await upload(room, name, text));
    },
    file: ({ room, event }) => download(room, event),
    reply: ({ room, text, event }) =>
        client.sendMessage(room, {
            "msgtype": "m.text",
            "body": text,
            "m.relates_to": { "m.in_reply_to": { event_id: event } },
        }),
    edit: ({ room, text, event }) =>
        client.sendMessage(room, {
            "msgtype": "m.text",
            "body": `* ${text}`,
            "m.new_content": { msgtype: "m.text", body: text },
            "m.relates_to": { rel_type: "m.replace", event_id: event },
        }),
    react: ({ room, event, key }) =>
        client.sendEvent(room, "m.reaction", {
            "m.relates_to": { rel_type: "m.annotation", event_id: event, key },
        }),
    redact: ({ room, event }) => client.redactEvent(room, event),
    read: async ({ room }) => {
        const events = client.getRoom(room).getLiveTimeline().getEvents();
        await client.sendReadReceipt(events.at(-1));
    },
    type: ({ room }) => client.sendTyping(room, true, 5000),
    remove: ({ room, user }) => client.kick(room, user),
};

await client.startClient({ initialSyncLimit: 50 });
await new Promise((resolve) => client.once("sync", resolve));
if (given) {
    await crypto.userHasCrossSigningKeys(login.user_id, true); // asks for them
    await crypto.bootstrapCrossSigning({});
    await crypto.loadSessionBackupPrivateKeyFromSecretStorage();
    await crypto.checkKeyBackupAndEnable();
} else {
    const authUploadDeviceSigningKeys = (request) => request(proof);
    await crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys });
    await crypto.bootstrapSecretStorage({
        createSecretStorageKey: () => crypto.createRecoveryKeyFromPassphrase(),
        setupNewKeyBackup: true,
    });
}
say({ user: login.user_id });
for await (const line of createInterface({ input: process.stdin })) {
    const said = JSON.parse(line);
    try {
        say({ done: (await actions[said.do](said)) ?? null });
    } catch (error) {
        say({ error: String(error) });
    }
}
client.stopClient();
process.exit(0);
