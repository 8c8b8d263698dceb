"""A window from which a file can be dragged: `python drag_source.py <file>`.

It prints a line when it is drawn, and "taken" when the file was: until then it has to be there.
"""

import sys

from qtpy.QtCore import QMimeData, Qt, QUrl
from qtpy.QtGui import QDrag, QPaintEvent
from qtpy.QtWidgets import QApplication, QLabel


class Source(QLabel):
    """All of it is the file."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell that it is drawn."""
        super().paintEvent(event)
        print("drawn", flush=True)

    def mousePressEvent(self, _event: object) -> None:
        """Begin to drag the file."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(sys.argv[1])])
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.exec(Qt.DropAction.CopyAction)
        print("taken", flush=True)


app = QApplication(sys.argv)
source = Source("a file")
source.setWindowTitle("Files")
source.setGeometry(0, 0, 100, 100)
source.show()
app.exec()
