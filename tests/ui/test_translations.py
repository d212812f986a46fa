"""Every text of the window exists in Chinese, with the same placeholders; and the window then speaks Chinese."""

import importlib.util
import re
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QTranslator
from PySide6.QtWidgets import QApplication

from app.ui.languages import LANGUAGES, install_language, language_in_use
from app.ui.sentences import in_words

TOP = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def collector():
    """``packaging/translations.py`` as a module."""
    spec = importlib.util.spec_from_file_location("translations", TOP / "packaging" / "translations.py")
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["translations"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def texts(collector):
    """(context, source) of everything that the window and the Qt-free rooms say."""
    found, problems = collector.ui_texts()
    assert not problems, "\n".join(problems)
    sentences = {(collector.SENTENCES, template) for template in collector.sentence_templates()}
    return {(text.context, text.source) for text in found} | sentences


@pytest.fixture(scope="module")
def chinese(collector):
    return collector.read_ts(collector.FOLDER / "fnascope_zh_CN.ts")


@pytest.fixture
def in_chinese(qapp):
    install_language(qapp, "zh_CN")
    yield
    install_language(qapp, "en")


def test_nothing_is_untranslated(texts, chinese):
    missing = sorted(f"{context}: {source}" for context, source in texts if not chinese.get((context, source)))
    assert not missing, f"{len(missing)} texts (make translations, then translate them):\n" + "\n".join(missing[:20])


def test_placeholders_agree(collector, texts, chinese):
    for context, source in texts:
        translated = chinese.get((context, source), "")
        if translated:
            assert collector.placeholders(source) == collector.placeholders(translated), (context, source, translated)


def test_menu_letters_and_dots_are_kept(texts, chinese):
    for context, source in texts:
        translated = chinese.get((context, source), "")
        if context in ("Actions", "Menus") and translated:
            assert bool(re.search(r"&\w|&\{", source)) == bool(re.search(r"&\w|&\{", translated)), (source, translated)
            assert source.endswith("...") == translated.endswith("..."), (source, translated)


def test_the_compiled_file_holds_what_the_source_file_says(collector, chinese, qapp):
    translator = QTranslator()
    assert translator.load(str(collector.FOLDER / "fnascope_zh_CN.qm"))
    for (context, source), translated in chinese.items():
        if translated:
            assert translator.translate(context, source) == translated, "stale: make translations"


def test_the_templates_are_those_of_the_source(collector):
    lines = collector.TEMPLATES.read_text(encoding="utf-8").splitlines()
    missing = set(collector.sentence_templates()) - set(lines)
    assert not missing, "stale: make translations"


def test_sentences_of_qt_free_rooms_are_recognised_and_filled_in_again(in_chinese):
    told = in_words("The scoring process ended unexpectedly (code -9).")
    assert told.startswith("评分进程意外结束") and "-9" in told
    both = in_words("The scoring process ended unexpectedly (code -9). What is scored is kept; start again to go on.")
    assert both.startswith(told) and "重新开始" in both
    nested = in_words(
        "The file does not state its scale (µm per pixel): the slide cannot be scored until it is calibrated."
    )
    assert "µm" in nested and not re.search("[a-z]{4}", nested)
    assert in_words("Nobody ever wrote this sentence, {0}.") == "Nobody ever wrote this sentence, {0}."


def test_english_is_left_as_it_is(qapp):
    install_language(qapp, "en")
    sentence = "No model is loaded: the slide is not scored."
    assert in_words(sentence) is sentence
    assert QCoreApplication.translate("Menus", "&File") == "&File"


def test_a_language_that_is_not_delivered_becomes_english_and_the_system_is_followed(monkeypatch):
    from PySide6.QtCore import QLocale

    from app.ui import languages

    assert language_in_use("zh_CN") == "zh_CN" and set(LANGUAGES) == {"en", "zh_CN"}
    for name, expected in (("de_DE", "en"), ("zh_CN", "zh_CN"), ("zh_TW", "zh_CN"), ("C", "en")):
        monkeypatch.setattr(languages.QLocale, "system", lambda name=name: QLocale(name))
        assert language_in_use("system") == expected


def test_the_window_speaks_chinese_and_every_letter_can_be_drawn(open_window, tmp_path, slide_path):
    from PySide6.QtGui import QFontMetrics

    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "settings.json").write_text('{"language": "zh_CN"}', encoding="utf-8")
    try:
        window = open_window(slide_path)
        titles = [action.text() for action in window.menuBar().actions()]
        assert "文件(&F)" in titles
        assert "评分" in window.actions_["start_pause"].text()
        metrics = QFontMetrics(window.font())
        assert all(metrics.inFontUcs4(ord(letter)) for letter in "细胞团阈值滤泡")
    finally:
        install_language(QApplication.instance(), "en")
