"""The stylesheet: the theme, then the `STYLE` of every part."""

from chat_ui import custom_files, layout, theme
from chat_ui.admin import audit_log, storage, users
from chat_ui.components import (
    autocomplete,
    avatar,
    connection_banner,
    dialog,
    emoji_picker,
    error_view,
    form,
    icon_button,
    lightbox,
    overflow_menu,
    room_sign,
    shortcuts,
)
from chat_ui.messages import (
    attachment,
    bubble,
    card,
    dialogs,
    menu,
    poll,
    reactions,
    read_receipts,
    undelivered_mentions,
)
from chat_ui.people import account, presence, profile, user_menu
from chat_ui.rooms import (
    composer,
    directory,
    dm_header,
    files,
    members,
    mention_inbox,
    notification_settings,
    room,
    sidebar,
    timeline,
    typing_indicator,
    unread_bar,
)
from chat_ui.search import page, quick_switcher

PARTS = (
    account,
    attachment,
    audit_log,
    avatar,
    autocomplete,
    composer,
    connection_banner,
    dialog,
    dm_header,
    directory,
    form,
    layout,
    icon_button,
    members,
    shortcuts,
    notification_settings,
    mention_inbox,
    undelivered_mentions,
    unread_bar,
    bubble,
    dialogs,
    card,
    menu,
    error_view,
    users,
    emoji_picker,
    poll,
    presence,
    profile,
    reactions,
    read_receipts,
    room,
    room_sign,
    files,
    sidebar,
    page,
    storage,
    quick_switcher,
    timeline,
    overflow_menu,
    typing_indicator,
    user_menu,
    lightbox,
)


def css() -> str:
    """Return the whole stylesheet."""
    # Imported when it is needed, as in `chat_ui/messages/rendering/text.py`.
    from chat_ui.messages.rendering import code

    custom = [getattr(module, "STYLE", "") for module in custom_files.modules()]
    styles = [part.STYLE for part in PARTS]
    return "\n".join([theme.css(), *styles, code.code_css(), *custom])
