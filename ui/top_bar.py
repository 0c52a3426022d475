"""Title of the conversation, the model and its state, and where the words are kept."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ui import text, text_library, text_lock, text_panel
from ui.current_settings import CurrentSettings
from ui.model_status import ModelStatus, Phase
from ui.theme import Theme
from ui.vault.vault_desk import VaultDesk
from ui.widgets.buttons import IconButton
from ui.widgets.labels import label
from ui.widgets.popover import Popover

_LONGEST_NAME_PX = 260
_AIR_PX = 92  # round and between the parts of the bar


class _TextButton(QAbstractButton):
    """Words with a sign before them, drawn by hand so that the sign can be a live shape."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_compact = False
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def set_compact(self, is_compact: bool) -> None:
        """Only the sign is shown; the words stay in tooltip and accessible name."""
        self._is_compact = is_compact
        self.updateGeometry()
        self.update()

    def is_compact(self) -> bool:
        """Whether only the sign is shown."""
        return self._is_compact

    def words(self) -> str:
        """What is shown beside the sign."""
        return self.text()

    def sizeHint(self) -> QSize:
        """Room for the sign and the words."""
        advance = self._metrics().horizontalAdvance(self.words())
        width = 0 if self._is_compact else min(advance, _LONGEST_NAME_PX)
        return QSize(width + 40, max(28, self._metrics().height() + 12))

    def minimumSizeHint(self) -> QSize:
        """The same: it does not shrink."""
        return self.sizeHint()

    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(self._theme.font(12))

    def _paint_words(self, painter: QPainter, left: int) -> None:
        if self._is_compact:
            return
        colors = self._theme.colors
        painter.setFont(self._theme.font(12))
        painter.setPen(colors.ink if self.underMouse() else colors.muted)
        room = self.width() - left - 10
        words = self._metrics().elidedText(self.words(), Qt.TextElideMode.ElideRight, room)
        painter.drawText(self.rect().adjusted(left, 0, -8, 0), Qt.AlignmentFlag.AlignVCenter, words)


class ModelChip(_TextButton):
    """The model that answers; a shape and a word tell its state."""

    def __init__(self, models: ModelStatus, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._models = models
        models.changed.connect(self._refresh)
        self._refresh()

    def words(self) -> str:
        """Name and, while something happens, state."""
        models = self._models
        name = models.name_of(models.target_id) if models.target_id else ""
        match models.phase:
            case Phase.READY:
                return models.loaded.name if models.loaded else ""
            case Phase.FETCHING:
                return f"{name} · {round(self._ratio() * 100)} %"
            case Phase.LOADING:
                return text.loading(name)
            case Phase.FAILED:
                return models.loaded.name if models.loaded else text.NO_MODEL
            case _:
                return text.NO_MODEL

    def paintEvent(self, event: QPaintEvent) -> None:
        """A pill with a dot, a ring that fills, or an empty ring."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._theme.colors
        pill = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        focus = self.hasFocus()
        painter.setPen(QPen(colors.accent if focus else colors.line, 2 if focus else 1))
        painter.setBrush(colors.hover if self.underMouse() else colors.surface)
        painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
        self._paint_sign(painter, QRectF(12, self.height() / 2 - 4, 8, 8))
        self._paint_words(painter, 28)
        painter.end()

    def _paint_sign(self, painter: QPainter, rect: QRectF) -> None:
        colors, phase = self._theme.colors, self._models.phase
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._models.loaded is not None and phase in (Phase.READY, Phase.FAILED):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.ok)
            painter.drawEllipse(rect.adjusted(0.5, 0.5, -0.5, -0.5))
        elif phase in (Phase.FETCHING, Phase.LOADING):
            painter.setPen(QPen(colors.line_strong, 2))
            painter.drawEllipse(rect)
            painter.setPen(QPen(colors.accent, 2))
            # Qt counts sixteenths of a degree, from three o'clock, against the clock.
            painter.drawArc(rect, 90 * 16, -round(max(0.05, self._ratio()) * 360 * 16))
        else:
            painter.setPen(QPen(colors.faint, 1.5))
            painter.drawEllipse(rect)

    def _ratio(self) -> float:
        download = self._models.downloads.get(self._models.target_id)
        if download is None:
            return self._models.load_ratio
        return download.done_bytes / max(1, download.total_bytes)

    def _refresh(self) -> None:
        loaded = self._models.loaded
        is_ready = self._models.phase is Phase.READY and loaded is not None
        self.setToolTip(text.model_help(loaded) if is_ready and loaded else self.words())
        self.setAccessibleName(f"{text.MODEL_CHIP}: {self.words()}")
        self.updateGeometry()
        self.update()


class ShieldChip(_TextButton):
    """Says truthfully where the words are kept now; a click says it at length."""

    def __init__(
        self,
        vault: VaultDesk,
        settings: CurrentSettings,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self._vault = vault
        self._settings = settings
        self.clicked.connect(self._explain)
        vault.changed.connect(self._refresh)
        settings.changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        words = self._words_now()
        self.setText(words)
        self.setAccessibleName(words)
        self.setAccessibleDescription(text_lock.shield_more(self._vault.status, self._is_offline()))
        self.setToolTip(words)
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A shield and the words."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._theme.colors
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if self.underMouse() or self.hasFocus():
            painter.setPen(QPen(colors.accent, 2) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(colors.hover if self.underMouse() else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(frame, 8, 8)
        icon = QRectF(7, self.height() / 2 - 10, 20, 20)
        is_kept = self._vault.is_open and not self._vault.is_private
        self._theme.icons.paint(painter, "shield", icon, colors.ok if is_kept else colors.muted)
        self._paint_words(painter, 32)
        painter.end()

    def sizeHint(self) -> QSize:
        """A little wider than other chips, for its icon."""
        hint = super().sizeHint()
        return QSize(hint.width() + (0 if self._is_compact else 4), hint.height())

    def _is_offline(self) -> bool:
        return self._settings.value.network.is_offline

    def _words_now(self) -> str:
        vault = self._vault
        return text_lock.shield(vault.status, vault.filling, is_offline=self._is_offline())

    def _explain(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(18, 16, 18, 16)
        column.setSpacing(8)
        status = self._vault.status
        is_offline = self._is_offline()
        column.addWidget(label(text_lock.shield(status, is_offline=is_offline), "strong"))
        column.addWidget(label(text_lock.shield_more(status, is_offline), "muted", wraps=True))
        popover = Popover(content, 340, self)
        popover.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        popover.open_under(self)


class TopBar(QFrame):
    """The line above the page.

    Attributes:
        sidebar_toggled: The user wants the sidebar shown or hidden.
        model_wanted: The user wants to choose a model.
        configure_wanted: The user wants the settings of this conversation.
        introspection_toggled: The user wants the introspection panel shown or hidden.
    """

    configure_wanted = Signal()
    introspection_toggled = Signal()
    sidebar_toggled = Signal()
    model_wanted = Signal()

    def __init__(
        self,
        models: ModelStatus,
        vault: VaultDesk,
        settings: CurrentSettings,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("TopBar")
        self._theme = theme
        self._title = ""
        self.title = label("")
        self.title.setObjectName("Title")
        self.title.setMinimumWidth(40)
        # A title that reads from right to left stands at the left too, beside its neighbour.
        flag = Qt.AlignmentFlag
        self.title.setAlignment(flag.AlignLeft | flag.AlignAbsolute | flag.AlignVCenter)
        self.toggle = IconButton(theme, "sidebar", text.SIDEBAR_HIDE)
        self.toggle.clicked.connect(self.sidebar_toggled)
        self.chip = ModelChip(models, theme)
        self.chip.clicked.connect(self.model_wanted)
        self.shield = ShieldChip(vault, settings, theme)
        for signal in (vault.changed, settings.changed, theme.changed):
            signal.connect(self._fit)
        self.configure = IconButton(theme, "settings", text_library.CONVERSATION_HELP)
        self.configure.clicked.connect(self.configure_wanted)
        self.dock = IconButton(theme, "dock", text_panel.SHOW)
        self.dock.clicked.connect(self.introspection_toggled)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 16, 1)
        row.setSpacing(8)
        row.addWidget(self.toggle)
        row.addWidget(self.title, 1)
        row.addWidget(self.configure)
        row.addWidget(self.chip)
        row.addSpacing(10)
        row.addWidget(self.shield)
        row.addWidget(self.dock)

    def show_title(self, title: str) -> None:
        """The title stands here, shortened if need be."""
        self._title = title
        self.title.setToolTip(title)
        self._fit()

    def show_introspection(self, *, is_open: bool) -> None:
        """The button's sign and name say whether the panel is there."""
        self.dock.icon_name = "dock-open" if is_open else "dock"
        self.dock.is_lit = is_open
        self.dock.rename(text_panel.HIDE if is_open else text_panel.SHOW)
        self.dock.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the shield goes without words."""
        super().resizeEvent(event)
        self.shield.set_compact(self.width() < self._theme.px(640))
        self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(self._theme.px(53))
        parts = (self.toggle, self.configure, self.chip, self.shield, self.dock)
        taken = sum(part.sizeHint().width() for part in parts) + _AIR_PX
        room = max(40, self.width() - taken)
        metrics = self.title.fontMetrics()
        self.title.setText(metrics.elidedText(self._title, Qt.TextElideMode.ElideRight, room))
