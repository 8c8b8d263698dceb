-- The tables of the first version on PostgreSQL, as pg_dump has written them: never change this.
CREATE FUNCTION public.let_go() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  INSERT INTO loose_files (hash) VALUES (old.hash) ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
CREATE FUNCTION public.search_added() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
      
      PERFORM set_config(
        'chat.unindexed',
        concat_ws(',', nullif(current_setting('chat.unindexed', true), ''), (SELECT string_agg(CAST(id AS text), ',') FROM added)),
        true
      );
      RETURN NULL;
    END
    $$;
CREATE FUNCTION public.search_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
      DELETE FROM search_entries WHERE message_id = NEW.id;
      PERFORM set_config(
        'chat.unindexed',
        concat_ws(',', nullif(current_setting('chat.unindexed', true), ''), NEW.id),
        true
      );
      RETURN NULL;
    END
    $$;
CREATE FUNCTION public.search_file_added() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
      DELETE FROM search_entries WHERE message_id = NEW.message_id;
      PERFORM set_config(
        'chat.unindexed',
        concat_ws(',', nullif(current_setting('chat.unindexed', true), ''), NEW.message_id),
        true
      );
      RETURN NULL;
    END
    $$;
CREATE FUNCTION public.search_file_removed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
      DELETE FROM search_entries WHERE message_id = OLD.message_id;
      PERFORM set_config(
        'chat.unindexed',
        concat_ws(',', nullif(current_setting('chat.unindexed', true), ''), OLD.message_id),
        true
      );
      RETURN NULL;
    END
    $$;
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.attachments (
    message_id bigint NOT NULL,
    user_id bigint NOT NULL,
    hash character varying NOT NULL,
    name character varying NOT NULL,
    size bigint NOT NULL,
    kind character varying NOT NULL,
    media_type character varying NOT NULL,
    width bigint NOT NULL,
    height bigint NOT NULL,
    has_preview boolean NOT NULL,
    awaits_preview boolean NOT NULL,
    excerpt character varying NOT NULL,
    wave character varying NOT NULL,
    seconds bigint NOT NULL,
    is_animated boolean NOT NULL
);
CREATE TABLE public.audit_entries (
    id bigint NOT NULL,
    at timestamp without time zone NOT NULL,
    actor_id bigint NOT NULL,
    action character varying NOT NULL,
    room_id bigint,
    room_name character varying NOT NULL,
    person_id bigint,
    message_seq bigint,
    reason character varying NOT NULL
);
CREATE SEQUENCE public.audit_entries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.audit_entries_id_seq OWNED BY public.audit_entries.id;
CREATE TABLE public.avatars (
    user_id bigint NOT NULL,
    hash character varying NOT NULL,
    size bigint NOT NULL,
    large bytea NOT NULL,
    small bytea NOT NULL
);
CREATE TABLE public.blocks (
    user_id bigint NOT NULL,
    blocked_id bigint NOT NULL,
    created_at timestamp without time zone NOT NULL
);
CREATE TABLE public.chat_icons (
    name character varying NOT NULL,
    content bytea NOT NULL
);
CREATE TABLE public.chat_settings (
    id bigint NOT NULL,
    name character varying NOT NULL,
    accent character varying NOT NULL,
    is_begun boolean NOT NULL,
    has_link_previews boolean NOT NULL,
    has_link_pictures boolean NOT NULL
);
CREATE TABLE public.device_key (
    fingerprint character varying(64) NOT NULL
);
CREATE TABLE public.invites (
    id bigint NOT NULL,
    code character varying NOT NULL,
    created_by bigint NOT NULL,
    created_at timestamp without time zone NOT NULL,
    expires_at timestamp without time zone NOT NULL,
    max_uses bigint NOT NULL,
    uses bigint NOT NULL,
    revoked_at timestamp without time zone
);
CREATE SEQUENCE public.invites_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.invites_id_seq OWNED BY public.invites.id;
CREATE TABLE public.link_pictures (
    preview_id bigint NOT NULL,
    hash character varying NOT NULL,
    size bigint NOT NULL,
    width bigint NOT NULL,
    height bigint NOT NULL,
    is_large boolean NOT NULL,
    alt character varying NOT NULL,
    content bytea NOT NULL
);
CREATE TABLE public.link_previews (
    id bigint NOT NULL,
    address_hash character varying NOT NULL,
    url character varying NOT NULL,
    site character varying NOT NULL,
    title character varying NOT NULL,
    description character varying NOT NULL,
    fetched_at timestamp without time zone NOT NULL
);
CREATE SEQUENCE public.link_previews_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.link_previews_id_seq OWNED BY public.link_previews.id;
CREATE TABLE public.loose_files (
    hash character varying NOT NULL
);
CREATE TABLE public.memberships (
    room_id bigint NOT NULL,
    user_id bigint NOT NULL,
    role character varying NOT NULL,
    last_read_seq bigint NOT NULL,
    last_read_at timestamp without time zone,
    unread_from bigint NOT NULL,
    notify character varying NOT NULL,
    is_favourite boolean NOT NULL,
    joined_at timestamp without time zone NOT NULL
);
CREATE TABLE public.mentions (
    id bigint NOT NULL,
    message_id bigint NOT NULL,
    user_id bigint,
    room_id bigint NOT NULL,
    seq bigint NOT NULL
);
CREATE SEQUENCE public.mentions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.mentions_id_seq OWNED BY public.mentions.id;
CREATE TABLE public.message_links (
    message_id bigint NOT NULL,
    address_hash character varying NOT NULL,
    preview_id bigint
);
CREATE TABLE public.message_versions (
    id bigint NOT NULL,
    message_id bigint NOT NULL,
    text character varying NOT NULL,
    html character varying,
    html_version bigint NOT NULL,
    written_at timestamp without time zone NOT NULL
);
CREATE SEQUENCE public.message_versions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.message_versions_id_seq OWNED BY public.message_versions.id;
CREATE TABLE public.messages (
    id bigint NOT NULL,
    room_id bigint NOT NULL,
    seq bigint NOT NULL,
    author_id bigint NOT NULL,
    client_message_id character varying NOT NULL,
    kind character varying NOT NULL,
    text character varying NOT NULL,
    html character varying,
    html_version bigint NOT NULL,
    mentions json,
    reply_to_id bigint,
    is_forwarded boolean NOT NULL,
    change bigint NOT NULL,
    created_at timestamp without time zone NOT NULL,
    edited_at timestamp without time zone,
    deleted_at timestamp without time zone,
    deleted_by bigint,
    pinned_at timestamp without time zone
);
CREATE SEQUENCE public.messages_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.messages_id_seq OWNED BY public.messages.id;
CREATE TABLE public.passkeys (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    credential_id character varying NOT NULL,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    rp_id character varying NOT NULL,
    transports character varying NOT NULL,
    name character varying NOT NULL,
    created_at timestamp without time zone NOT NULL,
    used_at timestamp without time zone
);
CREATE SEQUENCE public.passkeys_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.passkeys_id_seq OWNED BY public.passkeys.id;
CREATE TABLE public.poll_options (
    message_id bigint NOT NULL,
    number bigint NOT NULL,
    text character varying NOT NULL
);
CREATE TABLE public.poll_votes (
    message_id bigint NOT NULL,
    user_id bigint NOT NULL,
    number bigint NOT NULL,
    voted_at timestamp without time zone NOT NULL
);
CREATE TABLE public.polls (
    message_id bigint NOT NULL,
    is_multiple boolean NOT NULL,
    is_anonymous boolean NOT NULL,
    closes_at timestamp without time zone
);
CREATE TABLE public.push_cursor (
    id bigint NOT NULL,
    message_id bigint NOT NULL
);
CREATE SEQUENCE public.push_cursor_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.push_cursor_id_seq OWNED BY public.push_cursor.id;
CREATE TABLE public.push_subscriptions (
    id bigint NOT NULL,
    session_id bigint NOT NULL,
    user_id bigint NOT NULL,
    endpoint character varying NOT NULL,
    p256dh character varying NOT NULL,
    auth character varying NOT NULL,
    shows_text boolean NOT NULL,
    language character varying NOT NULL,
    failures bigint NOT NULL,
    retry_at timestamp without time zone,
    created_at timestamp without time zone NOT NULL
);
CREATE SEQUENCE public.push_subscriptions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.push_subscriptions_id_seq OWNED BY public.push_subscriptions.id;
CREATE TABLE public.pushed_rooms (
    subscription_id bigint NOT NULL,
    room_id bigint NOT NULL,
    wanted_seq bigint NOT NULL,
    shown_seq bigint NOT NULL,
    due_at timestamp without time zone
);
CREATE TABLE public.reactions (
    message_id bigint NOT NULL,
    emoji character varying NOT NULL,
    user_id bigint NOT NULL,
    created_at timestamp without time zone NOT NULL
);
CREATE TABLE public.recovery_codes (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    number character varying NOT NULL,
    code_hash character varying NOT NULL,
    used_at timestamp without time zone
);
CREATE SEQUENCE public.recovery_codes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.recovery_codes_id_seq OWNED BY public.recovery_codes.id;
CREATE TABLE public.reports (
    id bigint NOT NULL,
    room_id bigint,
    room_name character varying NOT NULL,
    message_id bigint NOT NULL,
    message_seq bigint NOT NULL,
    author_id bigint NOT NULL,
    text character varying NOT NULL,
    reporter_id bigint NOT NULL,
    reason character varying NOT NULL,
    created_at timestamp without time zone NOT NULL,
    handled_at timestamp without time zone,
    handled_by bigint
);
CREATE SEQUENCE public.reports_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.reports_id_seq OWNED BY public.reports.id;
CREATE TABLE public.reset_links (
    id bigint NOT NULL,
    token_hash character varying NOT NULL,
    user_id bigint NOT NULL,
    created_by bigint,
    created_at timestamp without time zone NOT NULL,
    expires_at timestamp without time zone NOT NULL,
    used_at timestamp without time zone
);
CREATE SEQUENCE public.reset_links_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.reset_links_id_seq OWNED BY public.reset_links.id;
CREATE TABLE public.room_invitations (
    room_id bigint NOT NULL,
    user_id bigint NOT NULL,
    invited_by bigint NOT NULL,
    created_at timestamp without time zone NOT NULL,
    declined_at timestamp without time zone
);
CREATE TABLE public.rooms (
    id bigint NOT NULL,
    kind character varying NOT NULL,
    name character varying NOT NULL,
    name_key character varying NOT NULL,
    name_likeness character varying NOT NULL,
    search_name character varying NOT NULL,
    sort_key bytea NOT NULL,
    people_key character varying,
    topic character varying NOT NULL,
    search_topic character varying NOT NULL,
    is_announcement boolean NOT NULL,
    last_seq bigint NOT NULL,
    last_change bigint NOT NULL,
    created_at timestamp without time zone NOT NULL,
    archived_at timestamp without time zone,
    deleted_at timestamp without time zone
);
CREATE SEQUENCE public.rooms_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.rooms_id_seq OWNED BY public.rooms.id;
CREATE TABLE public.saved_messages (
    user_id bigint NOT NULL,
    message_id bigint NOT NULL,
    saved_at timestamp without time zone NOT NULL
);
CREATE TABLE public.scheduled_messages (
    user_id bigint NOT NULL,
    client_message_id character varying NOT NULL,
    room_id bigint NOT NULL,
    text character varying NOT NULL,
    html character varying,
    html_version bigint NOT NULL,
    reply_to bigint,
    language character varying NOT NULL,
    send_at timestamp without time zone NOT NULL,
    created_at timestamp without time zone NOT NULL,
    refusal character varying NOT NULL
);
CREATE TABLE public.search_entries (
    message_id bigint NOT NULL,
    seq bigint NOT NULL,
    lexemes tsvector NOT NULL
);
CREATE TABLE public.security_events (
    id bigint NOT NULL,
    at character varying NOT NULL,
    kind character varying NOT NULL,
    actor_id bigint,
    actor character varying NOT NULL,
    person_id bigint,
    person character varying NOT NULL,
    address character varying NOT NULL,
    device character varying NOT NULL,
    count bigint NOT NULL,
    detail character varying NOT NULL,
    hash character varying NOT NULL
);
CREATE SEQUENCE public.security_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.security_events_id_seq OWNED BY public.security_events.id;
CREATE TABLE public.security_log_state (
    id bigint NOT NULL,
    dropped_id bigint NOT NULL,
    dropped_hash character varying NOT NULL,
    newest_id bigint NOT NULL,
    newest_hash character varying NOT NULL
);
CREATE TABLE public.security_notices (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    kind character varying NOT NULL,
    detail character varying NOT NULL,
    session_id bigint,
    at timestamp without time zone NOT NULL
);
CREATE SEQUENCE public.security_notices_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.security_notices_id_seq OWNED BY public.security_notices.id;
CREATE TABLE public.sessions (
    id bigint NOT NULL,
    token_hash character varying NOT NULL,
    user_id bigint NOT NULL,
    device character varying NOT NULL,
    address character varying NOT NULL,
    created_at timestamp without time zone NOT NULL,
    last_seen_at timestamp without time zone NOT NULL,
    expires_at timestamp without time zone NOT NULL,
    confirmed_at timestamp without time zone,
    notices_shown bigint NOT NULL,
    revoked_at timestamp without time zone
);
CREATE SEQUENCE public.sessions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.sessions_id_seq OWNED BY public.sessions.id;
CREATE TABLE public.stickers (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    hash character varying NOT NULL,
    name character varying NOT NULL,
    size bigint NOT NULL,
    width bigint NOT NULL,
    height bigint NOT NULL,
    is_animated boolean NOT NULL,
    is_shared boolean NOT NULL,
    created_at timestamp without time zone NOT NULL
);
CREATE SEQUENCE public.stickers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.stickers_id_seq OWNED BY public.stickers.id;
CREATE TABLE public.totp_secrets (
    user_id bigint NOT NULL,
    secret character varying NOT NULL,
    last_step bigint NOT NULL,
    created_at timestamp without time zone NOT NULL
);
CREATE TABLE public.trusted_devices (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    device_hash character varying NOT NULL,
    expires_at timestamp without time zone NOT NULL
);
CREATE SEQUENCE public.trusted_devices_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.trusted_devices_id_seq OWNED BY public.trusted_devices.id;
CREATE TABLE public.users (
    id bigint NOT NULL,
    username character varying NOT NULL,
    username_key character varying NOT NULL,
    skeleton character varying NOT NULL,
    display_name character varying NOT NULL,
    name_likeness character varying NOT NULL,
    username_likeness character varying NOT NULL,
    search_name character varying NOT NULL,
    sort_key bytea NOT NULL,
    hue bigint NOT NULL,
    avatar character varying NOT NULL,
    theme character varying NOT NULL,
    password_hash character varying NOT NULL,
    is_admin boolean NOT NULL,
    disabled_at timestamp without time zone,
    about character varying NOT NULL,
    time_zone character varying NOT NULL,
    shows_receipts boolean NOT NULL,
    shows_last_seen boolean NOT NULL,
    last_seen_at timestamp without time zone,
    has_sound boolean NOT NULL,
    quiet_from bigint,
    quiet_until bigint,
    density character varying NOT NULL,
    text_size character varying NOT NULL,
    animations character varying NOT NULL,
    language character varying NOT NULL,
    last_room_id bigint,
    created_at timestamp without time zone NOT NULL
);
CREATE SEQUENCE public.users_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.users_id_seq OWNED BY public.users.id;
ALTER TABLE ONLY public.audit_entries ALTER COLUMN id SET DEFAULT nextval('public.audit_entries_id_seq'::regclass);
ALTER TABLE ONLY public.invites ALTER COLUMN id SET DEFAULT nextval('public.invites_id_seq'::regclass);
ALTER TABLE ONLY public.link_previews ALTER COLUMN id SET DEFAULT nextval('public.link_previews_id_seq'::regclass);
ALTER TABLE ONLY public.mentions ALTER COLUMN id SET DEFAULT nextval('public.mentions_id_seq'::regclass);
ALTER TABLE ONLY public.message_versions ALTER COLUMN id SET DEFAULT nextval('public.message_versions_id_seq'::regclass);
ALTER TABLE ONLY public.messages ALTER COLUMN id SET DEFAULT nextval('public.messages_id_seq'::regclass);
ALTER TABLE ONLY public.passkeys ALTER COLUMN id SET DEFAULT nextval('public.passkeys_id_seq'::regclass);
ALTER TABLE ONLY public.push_cursor ALTER COLUMN id SET DEFAULT nextval('public.push_cursor_id_seq'::regclass);
ALTER TABLE ONLY public.push_subscriptions ALTER COLUMN id SET DEFAULT nextval('public.push_subscriptions_id_seq'::regclass);
ALTER TABLE ONLY public.recovery_codes ALTER COLUMN id SET DEFAULT nextval('public.recovery_codes_id_seq'::regclass);
ALTER TABLE ONLY public.reports ALTER COLUMN id SET DEFAULT nextval('public.reports_id_seq'::regclass);
ALTER TABLE ONLY public.reset_links ALTER COLUMN id SET DEFAULT nextval('public.reset_links_id_seq'::regclass);
ALTER TABLE ONLY public.rooms ALTER COLUMN id SET DEFAULT nextval('public.rooms_id_seq'::regclass);
ALTER TABLE ONLY public.security_events ALTER COLUMN id SET DEFAULT nextval('public.security_events_id_seq'::regclass);
ALTER TABLE ONLY public.security_notices ALTER COLUMN id SET DEFAULT nextval('public.security_notices_id_seq'::regclass);
ALTER TABLE ONLY public.sessions ALTER COLUMN id SET DEFAULT nextval('public.sessions_id_seq'::regclass);
ALTER TABLE ONLY public.stickers ALTER COLUMN id SET DEFAULT nextval('public.stickers_id_seq'::regclass);
ALTER TABLE ONLY public.trusted_devices ALTER COLUMN id SET DEFAULT nextval('public.trusted_devices_id_seq'::regclass);
ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0030');
INSERT INTO public.security_log_state VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000', 0, '0000000000000000000000000000000000000000000000000000000000000000');
SELECT pg_catalog.setval('public.audit_entries_id_seq', 1, false);
SELECT pg_catalog.setval('public.invites_id_seq', 1, false);
SELECT pg_catalog.setval('public.link_previews_id_seq', 1, false);
SELECT pg_catalog.setval('public.mentions_id_seq', 1, false);
SELECT pg_catalog.setval('public.message_versions_id_seq', 1, false);
SELECT pg_catalog.setval('public.messages_id_seq', 1, false);
SELECT pg_catalog.setval('public.passkeys_id_seq', 1, false);
SELECT pg_catalog.setval('public.push_cursor_id_seq', 1, false);
SELECT pg_catalog.setval('public.push_subscriptions_id_seq', 1, false);
SELECT pg_catalog.setval('public.recovery_codes_id_seq', 1, false);
SELECT pg_catalog.setval('public.reports_id_seq', 1, false);
SELECT pg_catalog.setval('public.reset_links_id_seq', 1, false);
SELECT pg_catalog.setval('public.rooms_id_seq', 1, false);
SELECT pg_catalog.setval('public.security_events_id_seq', 1, false);
SELECT pg_catalog.setval('public.security_notices_id_seq', 1, false);
SELECT pg_catalog.setval('public.sessions_id_seq', 1, false);
SELECT pg_catalog.setval('public.stickers_id_seq', 1, false);
SELECT pg_catalog.setval('public.trusted_devices_id_seq', 1, false);
SELECT pg_catalog.setval('public.users_id_seq', 1, false);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkey PRIMARY KEY (version_num);
ALTER TABLE ONLY public.attachments
    ADD CONSTRAINT attachments_pkey PRIMARY KEY (message_id);
ALTER TABLE ONLY public.audit_entries
    ADD CONSTRAINT audit_entries_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.avatars
    ADD CONSTRAINT avatars_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.blocks
    ADD CONSTRAINT blocks_pkey PRIMARY KEY (user_id, blocked_id);
ALTER TABLE ONLY public.chat_icons
    ADD CONSTRAINT chat_icons_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.chat_settings
    ADD CONSTRAINT chat_settings_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.device_key
    ADD CONSTRAINT device_key_pkey PRIMARY KEY (fingerprint);
ALTER TABLE ONLY public.invites
    ADD CONSTRAINT invites_code_key UNIQUE (code);
ALTER TABLE ONLY public.invites
    ADD CONSTRAINT invites_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.link_pictures
    ADD CONSTRAINT link_pictures_pkey PRIMARY KEY (preview_id);
ALTER TABLE ONLY public.link_previews
    ADD CONSTRAINT link_previews_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.loose_files
    ADD CONSTRAINT loose_files_pkey PRIMARY KEY (hash);
ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_pkey PRIMARY KEY (room_id, user_id);
ALTER TABLE ONLY public.mentions
    ADD CONSTRAINT mentions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.message_links
    ADD CONSTRAINT message_links_pkey PRIMARY KEY (message_id);
ALTER TABLE ONLY public.message_versions
    ADD CONSTRAINT message_versions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_author_id_client_message_id_key UNIQUE (author_id, client_message_id);
ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_room_id_seq_key UNIQUE (room_id, seq);
ALTER TABLE ONLY public.passkeys
    ADD CONSTRAINT passkeys_credential_id_key UNIQUE (credential_id);
ALTER TABLE ONLY public.passkeys
    ADD CONSTRAINT passkeys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.poll_options
    ADD CONSTRAINT poll_options_pkey PRIMARY KEY (message_id, number);
ALTER TABLE ONLY public.poll_votes
    ADD CONSTRAINT poll_votes_pkey PRIMARY KEY (message_id, user_id, number);
ALTER TABLE ONLY public.polls
    ADD CONSTRAINT polls_pkey PRIMARY KEY (message_id);
ALTER TABLE ONLY public.push_cursor
    ADD CONSTRAINT push_cursor_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.push_subscriptions
    ADD CONSTRAINT push_subscriptions_endpoint_key UNIQUE (endpoint);
ALTER TABLE ONLY public.push_subscriptions
    ADD CONSTRAINT push_subscriptions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.push_subscriptions
    ADD CONSTRAINT push_subscriptions_session_id_key UNIQUE (session_id);
ALTER TABLE ONLY public.pushed_rooms
    ADD CONSTRAINT pushed_rooms_pkey PRIMARY KEY (subscription_id, room_id);
ALTER TABLE ONLY public.reactions
    ADD CONSTRAINT reactions_pkey PRIMARY KEY (message_id, emoji, user_id);
ALTER TABLE ONLY public.recovery_codes
    ADD CONSTRAINT recovery_codes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.recovery_codes
    ADD CONSTRAINT recovery_codes_user_id_number_key UNIQUE (user_id, number);
ALTER TABLE ONLY public.reports
    ADD CONSTRAINT reports_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.reports
    ADD CONSTRAINT reports_reporter_id_message_id_key UNIQUE (reporter_id, message_id);
ALTER TABLE ONLY public.reset_links
    ADD CONSTRAINT reset_links_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.reset_links
    ADD CONSTRAINT reset_links_token_hash_key UNIQUE (token_hash);
ALTER TABLE ONLY public.room_invitations
    ADD CONSTRAINT room_invitations_pkey PRIMARY KEY (room_id, user_id);
ALTER TABLE ONLY public.rooms
    ADD CONSTRAINT rooms_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.saved_messages
    ADD CONSTRAINT saved_messages_pkey PRIMARY KEY (user_id, message_id);
ALTER TABLE ONLY public.scheduled_messages
    ADD CONSTRAINT scheduled_messages_pkey PRIMARY KEY (user_id, client_message_id);
ALTER TABLE ONLY public.search_entries
    ADD CONSTRAINT search_entries_pkey PRIMARY KEY (message_id);
ALTER TABLE ONLY public.security_events
    ADD CONSTRAINT security_events_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.security_log_state
    ADD CONSTRAINT security_log_state_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.security_notices
    ADD CONSTRAINT security_notices_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_token_hash_key UNIQUE (token_hash);
ALTER TABLE ONLY public.stickers
    ADD CONSTRAINT stickers_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.stickers
    ADD CONSTRAINT stickers_user_id_hash_key UNIQUE (user_id, hash);
ALTER TABLE ONLY public.totp_secrets
    ADD CONSTRAINT totp_secrets_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.trusted_devices
    ADD CONSTRAINT trusted_devices_device_hash_key UNIQUE (device_hash);
ALTER TABLE ONLY public.trusted_devices
    ADD CONSTRAINT trusted_devices_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_skeleton_key UNIQUE (skeleton);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_username_key_key UNIQUE (username_key);
CREATE INDEX ix_attachments_awaiting ON public.attachments USING btree (message_id) WHERE awaits_preview;
CREATE INDEX ix_attachments_by_hash ON public.attachments USING btree (hash, size);
CREATE INDEX ix_attachments_of_user ON public.attachments USING btree (user_id, size, kind) WHERE ((kind)::text <> 'sticker'::text);
CREATE INDEX ix_attachments_stickers ON public.attachments USING btree (user_id, hash, size, kind) WHERE ((kind)::text = 'sticker'::text);
CREATE INDEX ix_audit_entries_room_id ON public.audit_entries USING btree (room_id);
CREATE INDEX ix_blocks_blocked_id ON public.blocks USING btree (blocked_id);
CREATE INDEX ix_link_pictures_size ON public.link_pictures USING btree (preview_id, size);
CREATE INDEX ix_link_previews_address_hash ON public.link_previews USING btree (address_hash);
CREATE INDEX ix_memberships_user_id ON public.memberships USING btree (user_id);
CREATE INDEX ix_mentions_message_id ON public.mentions USING btree (message_id);
CREATE INDEX ix_mentions_of_everybody ON public.mentions USING btree (room_id, seq) WHERE (user_id IS NULL);
CREATE INDEX ix_mentions_of_user ON public.mentions USING btree (user_id, room_id, seq);
CREATE INDEX ix_message_links_preview_id ON public.message_links USING btree (preview_id);
CREATE INDEX ix_message_versions_message_id ON public.message_versions USING btree (message_id);
CREATE INDEX ix_messages_changed ON public.messages USING btree (room_id, change) WHERE (change > 0);
CREATE INDEX ix_messages_deleted ON public.messages USING btree (room_id, seq) WHERE (deleted_at IS NOT NULL);
CREATE INDEX ix_messages_files ON public.messages USING btree (room_id, seq) WHERE ((kind)::text = 'file'::text);
CREATE INDEX ix_messages_pinned ON public.messages USING btree (room_id, pinned_at) WHERE (pinned_at IS NOT NULL);
CREATE INDEX ix_messages_replies ON public.messages USING btree (reply_to_id, seq, deleted_at) WHERE ((reply_to_id IS NOT NULL) AND (deleted_at IS NULL));
CREATE INDEX ix_messages_reply_to_id ON public.messages USING btree (reply_to_id);
CREATE INDEX ix_passkeys_user_id ON public.passkeys USING btree (user_id);
CREATE INDEX ix_polls_closes_at ON public.polls USING btree (closes_at);
CREATE INDEX ix_push_subscriptions_user_id ON public.push_subscriptions USING btree (user_id);
CREATE INDEX ix_pushed_rooms_due_at ON public.pushed_rooms USING btree (due_at);
CREATE INDEX ix_pushed_rooms_room_id ON public.pushed_rooms USING btree (room_id);
CREATE INDEX ix_reports_room_id ON public.reports USING btree (room_id);
CREATE INDEX ix_reset_links_user_id ON public.reset_links USING btree (user_id);
CREATE INDEX ix_room_invitations_invited_by ON public.room_invitations USING btree (invited_by);
CREATE INDEX ix_room_invitations_user_id ON public.room_invitations USING btree (user_id);
CREATE INDEX ix_rooms_deleted_at ON public.rooms USING btree (deleted_at);
CREATE INDEX ix_rooms_name_likeness ON public.rooms USING btree (name_likeness);
CREATE INDEX ix_saved_messages_message_id ON public.saved_messages USING btree (message_id);
CREATE INDEX ix_scheduled_messages_due ON public.scheduled_messages USING btree (send_at) WHERE ((refusal)::text = ''::text);
CREATE INDEX ix_scheduled_messages_refused ON public.scheduled_messages USING btree (user_id) WHERE ((refusal)::text <> ''::text);
CREATE INDEX ix_scheduled_messages_room_id ON public.scheduled_messages USING btree (room_id);
CREATE INDEX ix_search_entries_lexemes ON public.search_entries USING gin (lexemes) WITH (fastupdate=off);
CREATE INDEX ix_security_notices_user_id ON public.security_notices USING btree (user_id);
CREATE INDEX ix_sessions_revoked_at ON public.sessions USING btree (revoked_at);
CREATE INDEX ix_sessions_user_id ON public.sessions USING btree (user_id);
CREATE INDEX ix_stickers_by_hash ON public.stickers USING btree (hash, size);
CREATE INDEX ix_stickers_shared ON public.stickers USING btree (id) WHERE is_shared;
CREATE INDEX ix_trusted_devices_user_id ON public.trusted_devices USING btree (user_id);
CREATE INDEX ix_users_name_likeness ON public.users USING btree (name_likeness);
CREATE INDEX ix_users_username_likeness ON public.users USING btree (username_likeness);
CREATE UNIQUE INDEX uq_rooms_people_key ON public.rooms USING btree (people_key);
CREATE UNIQUE INDEX uq_rooms_public_name ON public.rooms USING btree (name_key) WHERE ((kind)::text = 'public'::text);
CREATE TRIGGER attachments_let_go AFTER DELETE ON public.attachments FOR EACH ROW EXECUTE FUNCTION public.let_go();
CREATE TRIGGER search_added AFTER INSERT ON public.messages REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.search_added();
CREATE TRIGGER search_changed AFTER UPDATE OF text, html ON public.messages FOR EACH ROW WHEN ((((old.text)::text IS DISTINCT FROM (new.text)::text) OR ((COALESCE(POSITION(('<a href="'::text) IN (old.html)), 0) > 0) <> (COALESCE(POSITION(('<a href="'::text) IN (new.html)), 0) > 0)))) EXECUTE FUNCTION public.search_changed();
CREATE TRIGGER search_file_added AFTER INSERT OR UPDATE OF name ON public.attachments FOR EACH ROW EXECUTE FUNCTION public.search_file_added();
CREATE TRIGGER search_file_removed AFTER DELETE ON public.attachments FOR EACH ROW EXECUTE FUNCTION public.search_file_removed();
CREATE TRIGGER stickers_let_go AFTER DELETE ON public.stickers FOR EACH ROW EXECUTE FUNCTION public.let_go();
ALTER TABLE ONLY public.attachments
    ADD CONSTRAINT attachments_message_id_fkey FOREIGN KEY (message_id) REFERENCES public.messages(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.attachments
    ADD CONSTRAINT attachments_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.audit_entries
    ADD CONSTRAINT audit_entries_actor_id_fkey FOREIGN KEY (actor_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.audit_entries
    ADD CONSTRAINT audit_entries_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.audit_entries
    ADD CONSTRAINT audit_entries_room_id_fkey FOREIGN KEY (room_id) REFERENCES public.rooms(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.avatars
    ADD CONSTRAINT avatars_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.blocks
    ADD CONSTRAINT blocks_blocked_id_fkey FOREIGN KEY (blocked_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.blocks
    ADD CONSTRAINT blocks_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.invites
    ADD CONSTRAINT invites_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.link_pictures
    ADD CONSTRAINT link_pictures_preview_id_fkey FOREIGN KEY (preview_id) REFERENCES public.link_previews(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_room_id_fkey FOREIGN KEY (room_id) REFERENCES public.rooms(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.mentions
    ADD CONSTRAINT mentions_message_id_fkey FOREIGN KEY (message_id) REFERENCES public.messages(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.mentions
    ADD CONSTRAINT mentions_room_id_fkey FOREIGN KEY (room_id) REFERENCES public.rooms(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.mentions
    ADD CONSTRAINT mentions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.message_links
    ADD CONSTRAINT message_links_message_id_fkey FOREIGN KEY (message_id) REFERENCES public.messages(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.message_links
    ADD CONSTRAINT message_links_preview_id_fkey FOREIGN KEY (preview_id) REFERENCES public.link_previews(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.message_versions
    ADD CONSTRAINT message_versions_message_id_fkey FOREIGN KEY (message_id) REFERENCES public.messages(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_deleted_by_fkey FOREIGN KEY (deleted_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_reply_to_id_fkey FOREIGN KEY (reply_to_id) REFERENCES public.messages(id);
ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_room_id_fkey FOREIGN KEY (room_id) REFERENCES public.rooms(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.passkeys
    ADD CONSTRAINT passkeys_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.poll_options
    ADD CONSTRAINT poll_options_message_id_fkey FOREIGN KEY (message_id) REFERENCES public.polls(message_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.poll_votes
    ADD CONSTRAINT poll_votes_message_id_fkey FOREIGN KEY (message_id) REFERENCES public.polls(message_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.poll_votes
    ADD CONSTRAINT poll_votes_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.polls
    ADD CONSTRAINT polls_message_id_fkey FOREIGN KEY (message_id) REFERENCES public.messages(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.push_subscriptions
    ADD CONSTRAINT push_subscriptions_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.sessions(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.push_subscriptions
    ADD CONSTRAINT push_subscriptions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.pushed_rooms
    ADD CONSTRAINT pushed_rooms_room_id_fkey FOREIGN KEY (room_id) REFERENCES public.rooms(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.pushed_rooms
    ADD CONSTRAINT pushed_rooms_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES public.push_subscriptions(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.reactions
    ADD CONSTRAINT reactions_message_id_fkey FOREIGN KEY (message_id) REFERENCES public.messages(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.reactions
    ADD CONSTRAINT reactions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.recovery_codes
    ADD CONSTRAINT recovery_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.reports
    ADD CONSTRAINT reports_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.reports
    ADD CONSTRAINT reports_handled_by_fkey FOREIGN KEY (handled_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.reports
    ADD CONSTRAINT reports_reporter_id_fkey FOREIGN KEY (reporter_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.reports
    ADD CONSTRAINT reports_room_id_fkey FOREIGN KEY (room_id) REFERENCES public.rooms(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.reset_links
    ADD CONSTRAINT reset_links_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.room_invitations
    ADD CONSTRAINT room_invitations_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.room_invitations
    ADD CONSTRAINT room_invitations_room_id_fkey FOREIGN KEY (room_id) REFERENCES public.rooms(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.room_invitations
    ADD CONSTRAINT room_invitations_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.saved_messages
    ADD CONSTRAINT saved_messages_message_id_fkey FOREIGN KEY (message_id) REFERENCES public.messages(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.saved_messages
    ADD CONSTRAINT saved_messages_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.scheduled_messages
    ADD CONSTRAINT scheduled_messages_room_id_fkey FOREIGN KEY (room_id) REFERENCES public.rooms(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.scheduled_messages
    ADD CONSTRAINT scheduled_messages_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.search_entries
    ADD CONSTRAINT search_entries_message_id_fkey FOREIGN KEY (message_id) REFERENCES public.messages(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.security_notices
    ADD CONSTRAINT security_notices_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.sessions(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.security_notices
    ADD CONSTRAINT security_notices_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.stickers
    ADD CONSTRAINT stickers_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.totp_secrets
    ADD CONSTRAINT totp_secrets_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.trusted_devices
    ADD CONSTRAINT trusted_devices_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_last_room_id_fkey FOREIGN KEY (last_room_id) REFERENCES public.rooms(id) ON DELETE SET NULL;
