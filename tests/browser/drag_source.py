"""A window from which a file can be dragged: `python drag_source.py <file>`.

It prints "drawn" when it is, "over a taker" or "over nobody" whenever that changes under the mouse,
and "taken" or "left" at the end of the drag. Who took the file asks for it only then.
"""

import sys

from qtpy.QtCore import QMimeData, Qt, QUrl
from qtpy.QtGui import QDrag, QPaintEvent
from qtpy.QtWidgets import QApplication, QLabel


class Source(QLabel):
    """All of it is the file."""

    is_drawn = False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell, once, that it is drawn."""
        super().paintEvent(event)
        if not self.is_drawn:
            print("drawn", flush=True)
        self.is_drawn = True

    def mousePressEvent(self, _event: object) -> None:
        """Begin to drag the file."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(sys.argv[1])])
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.actionChanged.connect(self._tell_what_would_happen)
        taken = drag.exec(Qt.DropAction.CopyAction) == Qt.DropAction.CopyAction
        print("taken" if taken else "left", flush=True)

    def _tell_what_would_happen(self, action: Qt.DropAction) -> None:
        """Tell whether what is under the mouse would take the file, as it said itself."""
        would_take = action == Qt.DropAction.CopyAction
        print("over a taker" if would_take else "over nobody", flush=True)


app = QApplication(sys.argv)
source = Source("a file")
source.setWindowTitle("Files")
source.setGeometry(0, 0, 100, 100)
source.show()
app.exec()
