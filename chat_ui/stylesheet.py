"""The stylesheet: the theme, then the `STYLE` of every part."""

from chat_ui import custom_files, layout, theme
from chat_ui.admin import audit_log, first_steps, security_log, storage, users
from chat_ui.admin import branding as branding_page
from chat_ui.auth import certificate_page, login
from chat_ui.auth import layout as outside
from chat_ui.components import (
    avatar,
    branding,
    connection_banner,
    empty_state,
    encryption,
    error_view,
    icon_button,
    person_name,
    printing,
    room_sign,
)
from chat_ui.components.accessibility import contrast_themes, hidden_text, skip_links, touch
from chat_ui.components.emoji import emoji_picker
from chat_ui.components.forms import autocomplete, form, to_copy
from chat_ui.components.icons import icon_font
from chat_ui.components.keyboard import shortcuts
from chat_ui.components.overlays import dialog, lightbox, overflow_menu, panel, toast
from chat_ui.components.overlays import menu as menus
from chat_ui.messages import (
    bubble,
    compact,
    dialogs,
    menu,
    read_receipts,
    reports,
    stickers,
    undelivered_mentions,
)
from chat_ui.messages.lists import card, replies, scheduled
from chat_ui.messages.media import albums, attachment, link_card, player
from chat_ui.messages.polls import poll
from chat_ui.messages.reactions import reactions
from chat_ui.people import (
    account,
    presence,
    profile,
    push,
    second_factor,
    security_notices,
    user_menu,
)
from chat_ui.rooms import dm_header, files, room
from chat_ui.rooms.composer import composer, encrypted_note, message_preview, send_later
from chat_ui.rooms.directory import directory, my_rooms, preview
from chat_ui.rooms.members import invitations, member_count, members
from chat_ui.rooms.notifications import mention_inbox, notification_settings
from chat_ui.rooms.sidebar import sidebar
from chat_ui.rooms.timeline import timeline, typing_indicator, unread_bar
from chat_ui.search import page, quick_switcher

PARTS = (
    account,
    attachment,
    player,
    audit_log,
    avatar,
    autocomplete,
    branding,
    branding_page,
    certificate_page,
    first_steps,
    composer,
    connection_banner,
    dialog,
    dm_header,
    directory,
    encrypted_note,
    encryption,
    form,
    hidden_text,
    layout,
    icon_button,
    menus,
    invitations,
    member_count,
    members,
    outside,
    shortcuts,
    skip_links,
    toast,
    notification_settings,
    mention_inbox,
    message_preview,
    my_rooms,
    undelivered_mentions,
    unread_bar,
    bubble,
    link_card,
    dialogs,
    card,
    menu,
    error_view,
    empty_state,
    to_copy,
    users,
    emoji_picker,
    person_name,
    poll,
    presence,
    profile,
    push,
    reactions,
    read_receipts,
    replies,
    reports,
    scheduled,
    send_later,
    stickers,
    room,
    preview,
    room_sign,
    files,
    sidebar,
    page,
    security_log,
    storage,
    quick_switcher,
    timeline,
    overflow_menu,
    panel,
    typing_indicator,
    user_menu,
    lightbox,
    login,
    second_factor,
    security_notices,
    compact,
    albums,
    touch,
    contrast_themes,
    printing,
)


def css(accent: str = theme.ACCENT) -> str:
    """Return the whole stylesheet, with the accent that the host chose."""
    # Imported when it is needed, as in `services/messages/rendering/text.py`.
    from services.messages.rendering import code

    custom = [getattr(module, "STYLE", "") for module in custom_files.modules()]
    styles = [part.STYLE for part in PARTS]
    return "\n".join([theme.css(accent), icon_font.css(), *styles, code.code_css(), *custom])
