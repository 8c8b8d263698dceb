// matrix-js-sdk as a program: it does what each line of JSON says, and answers with one.
// Arguments: the address of the chat, a username, a password, and the folder of the package.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [address, name, password, folder] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(`${folder}/node_modules/matrix-js-sdk/lib/${file}`));
// What the package logs would be among the answers.
console.log = console.info = console.debug = console.trace = () => {};
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
const sdk = await load("index.js");

const stranger = sdk.createClient({ baseUrl: address });
const identifier = { type: "m.id.user", user: name };
const login = await stranger.loginRequest({ type: "m.login.password", identifier, password });
const client = sdk.createClient({
    baseUrl: address,
    userId: login.user_id,
    accessToken: login.access_token,
    deviceId: login.device_id,
});
const typing = {};
client.on("RoomMember.typing", (event, member) => {
    const users = new Set(typing[member.roomId]);
    if (member.typing) users.add(member.userId);
    else users.delete(member.userId);
    typing[member.roomId] = [...users];
});

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
    };
}

const actions = {
    rooms: () => {
        const found = client.getRooms().map((room) => [room.roomId, room.getMyMembership()]);
        const words = { join: "joined", invite: "invited", leave: "left" };
        return Object.fromEntries(found.map(([room, how]) => [room, words[how] ?? how]));
    },
    join: async ({ room }) => {
        await client.joinRoom(room);
    },
    messages: ({ room }) => {
        const found = client.getRoom(room);
        const events = found?.getLiveTimeline().getEvents() ?? [];
        return events
            .filter((each) => each.getType() === "m.room.message" && !each.isRelation("m.replace"))
            .filter((each) => !each.getId().startsWith("~"))
            .map((each) => shown(found, each));
    },
    typing: ({ room }) => typing[room] ?? [],
    unread: ({ room }) => client.getRoom(room).getUnreadNotificationCount("total"),
    members: ({ room }) => {
        const members = client.getRoom(room).getJoinedMembers();
        return members.map((each) => each.userId).sort();
    },
    send: ({ room, text }) => client.sendTextMessage(room, text),
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

await client.startClient({ initialSyncLimit: 20 });
await new Promise((resolve) => client.once("sync", resolve));
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
