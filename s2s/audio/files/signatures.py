"""What a file is, told by its first bytes: its name may say anything."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD_SIZE = 512  # bytes that are enough to tell


@dataclass(frozen=True)
class Kind:
    """What begins as a file does."""

    name: str  # "an MP4 file": the end of a sentence
    key: str = ""  # what s2s.audio.files.spans calls it; "" where it is no recording
    libsndfile: bool = False  # it may know it
    demuxer: str = ""  # ffmpeg's name of what reads it; "" where it is not to be asked
    weak: bool = False  # headerless samples may begin like that as well
    remedy: str = "Give a recording."  # where it is none

    @property
    def is_recording(self) -> bool:
        return bool(self.key)


def _sndfile(name: str, key: str, demuxer: str) -> Kind:
    return Kind(name, key, True, demuxer)


def _ffmpeg(name: str, demuxer: str, key: str = "") -> Kind:
    return Kind(name, key or demuxer, False, demuxer)


MP3 = Kind("an MP3 file", "mp3", True, "mp3", weak=True)
TAGGED = Kind("a file with an ID3 tag", "id3", True)  # what it is stands behind the tag
ZEROS = Kind("zeros, as a download that never came leaves them", remedy="Fetch it again.")
_LOOK = "Look into it: a download may have brought a message in place of the recording."
_UNPACK = "Unpack it, and give the recording in it."

# (pattern of the first bytes, what it is), the first that fits
_SIGNATURES: list[tuple[bytes, Kind]] = [
    (rb"(?:RIFF|RF64|BW64|RIFX).{4}WAVE", _sndfile("a WAV file", "wav", "wav")),
    (rb"RIFF.{4}AVI ", _ffmpeg("an AVI video", "avi")),
    (rb"RIFF.{4}QLCM", _ffmpeg("a QCP recording", "qcp")),
    (rb"RIFF.{4}WEBP", Kind("a picture (WebP)")),
    (rb"RIFF.{4}RMID", Kind("a MIDI file, which is notes and no sound")),
    (rb"fLaC", _sndfile("a FLAC file", "flac", "flac")),
    (rb"OggS", _sndfile("an Ogg file", "ogg", "ogg")),
    (rb"FORM.{4}AIF[FC]", _sndfile("an AIFF file", "aiff", "aiff")),
    (rb"FORM.{4}8SVX", _sndfile("an 8SVX file", "svx", "iff")),
    (rb"\.snd", _sndfile("an AU file", "au", "au")),
    (rb"caff", _sndfile("a CAF recording", "caf", "caf")),
    (rb"riff\x2e\x91\xcf\x11", _sndfile("a W64 file", "w64", "w64")),
    (rb"ID3[\x00-\x0f]", TAGGED),
    (rb"....ftyp(?:heic|heix|hevc|mif1|avif|msf1)", Kind("a picture (HEIC or AVIF)")),
    (rb"....ftypcrx ", Kind("a picture (CR3)")),
    (rb"....ftypM4[AB]", _ffmpeg("an M4A recording", "mov")),
    (rb"....ftypM4P", _ffmpeg("an M4P file", "mov")),
    (rb"....ftyp3g", _ffmpeg("a 3GP recording", "mov")),
    (rb"....ftypqt", _ffmpeg("a QuickTime file", "mov")),
    (rb"....ftyp", _ffmpeg("an MP4 file", "mov")),
    (rb"....(?:styp|moof|sidx)", Kind("a piece of a stream (MP4), which lacks its beginning")),
    (rb"\x00\x00..(?:moov|mdat|wide|free|skip|pnot)", _ffmpeg("a QuickTime file", "mov")),
    (rb"\x1a\x45\xdf\xa3.{1,60}webm", _ffmpeg("a WebM file", "matroska")),
    (rb"\x1a\x45\xdf\xa3", _ffmpeg("a Matroska file", "matroska")),
    (rb"#!AMR-WB", _ffmpeg("an AMR-WB recording", "amr")),
    (rb"#!AMR", _ffmpeg("an AMR recording", "amr")),
    (rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _ffmpeg("a Windows Media file (WMA, WMV, ASF)", "asf")),
    (rb"NIST_1A", _sndfile("a NIST Sphere file", "nist", "nistsphere")),
    (rb"Creative Voice File", _sndfile("a VOC file", "voc", "voc")),
    (rb"PVF1\n", _sndfile("a PVF file", "pvf", "pvf")),
    (rb"MATLAB 5\.0 MAT-file", _sndfile("a MATLAB file", "mat", "")),
    (rb"ADIF", _ffmpeg("an AAC file", "aac")),
    (rb"wvpk", _ffmpeg("a WavPack file", "wv")),
    (rb"MAC \x96?", _ffmpeg("a Monkey's Audio file", "ape")),
    (rb"TTA1", _ffmpeg("a TTA file", "tta")),
    (rb"MPCK", _ffmpeg("a Musepack file", "mpc8")),
    (rb"MP\+", _ffmpeg("a Musepack file", "mpc")),
    (rb"tBaK", _ffmpeg("a TAK file", "tak")),
    (rb"DSD ", _ffmpeg("a DSF file", "dsf")),
    (rb"\.RMF", _ffmpeg("a RealMedia file", "rm")),
    (rb"FLV\x01", _ffmpeg("a Flash video", "flv")),
    (rb"\x00\x00\x01\xba", _ffmpeg("an MPEG video", "mpeg")),
    (rb"\x47.{187}\x47.{187}\x47", _ffmpeg("an MPEG transport stream", "mpegts")),
    (rb"MThd", Kind("a MIDI file, which is notes and no sound")),
    (rb"%PDF", Kind("a PDF document")),
    (rb"\x89PNG", Kind("a picture (PNG)")),
    (rb"\xff\xd8\xff", Kind("a picture (JPEG)")),
    (rb"GIF8[79]a", Kind("a picture (GIF)")),
    (rb"II\*\x00|MM\x00\*", Kind("a picture (TIFF)")),
    (rb"BM.{4}\x00{4}", Kind("a picture (BMP)")),
    (rb"PK(?:\x03\x04|\x05\x06|\x07\x08)", Kind("a ZIP archive", remedy=_UNPACK)),
    (rb"\x1f\x8b\x08", Kind("an archive (gzip)", remedy=_UNPACK)),
    (rb"BZh[1-9]", Kind("an archive (bzip2)", remedy=_UNPACK)),
    (rb"\xfd7zXZ\x00", Kind("an archive (xz)", remedy=_UNPACK)),
    (rb"\x28\xb5\x2f\xfd", Kind("an archive (Zstandard)", remedy=_UNPACK)),
    (rb"7z\xbc\xaf\x27\x1c", Kind("an archive (7z)", remedy=_UNPACK)),
    (rb"Rar!\x1a\x07", Kind("an archive (RAR)", remedy=_UNPACK)),
    (rb".{257}ustar", Kind("an archive (tar)", remedy=_UNPACK)),
    (rb"\x7fELF|MZ.{58}....|\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe", Kind("a program")),
    (rb"SQLite format 3\x00", Kind("a database (SQLite)")),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind("an Office document")),
    # Two bytes or three are an accident in samples:
    (rb"\xff[\xf0\xf1\xf8\xf9]", Kind("an AAC file", "aac", False, "aac", weak=True)),
    (rb"\x56[\xe0-\xff]", Kind("an AAC stream", "loas", False, "loas", weak=True)),
    (rb"\x0b\x77", Kind("an AC-3 file", "ac3", False, "ac3", weak=True)),
]
_COMPILED = [(re.compile(pattern, re.DOTALL), kind) for pattern, kind in _SIGNATURES]

# What text is, by its first words; a playlist names other files, and is not followed.
_TEXTS: list[tuple[str, str]] = [
    (r"#EXTM3U", "a playlist (M3U8), which names recordings and is none"),
    (r"ffconcat version", "a playlist (ffconcat), which names recordings and is none"),
    (r"file\s+\S.*", "a playlist (concat), which names recordings and is none"),
    (r"\[playlist\]", "a playlist (PLS), which names recordings and is none"),
    (r"v=0\s*\n[a-z]=", "a description of a session (SDP), which names a stream and is none"),
    (r"(?:<\?xml.*?>\s*)?(?:<!--.*?-->\s*)*<MPD\b", "a playlist (DASH), which names recordings"),
    (r"(?:<\?xml.*?>\s*)?(?:<!--.*?-->\s*)*<(?:playlist|asx|smil)\b", "a playlist"),
    (r"https?://\S+|rtsp://\S+|mms://\S+", "a playlist, which names recordings and is none"),
    (r"version https://git-lfs", "a Git LFS pointer: the recording itself was not fetched"),
    (r"\S*/annex/objects/", "a git-annex pointer: the recording itself was not fetched"),
    (r"(?:<\?xml.*?>\s*)?(?:<!--.*?-->\s*)*(?:<!doctype html|<html|<head|<body)", "a web page"),
    (r"<\?xml|<svg", "an XML file"),
    (r"\{\s*[\"}]|\[\s*[\[{\"\d\]]", "a JSON file"),
    (r"WEBVTT|1\r?\n\d\d:\d\d:\d\d,", "subtitles"),
    (r"#!\s*/", "a script"),
]


def recognise(head: bytes) -> Kind | None:
    """Return what begins with `head`, `HEAD_SIZE` bytes or the whole file; None: nobody knows."""
    for pattern, kind in _COMPILED:
        if pattern.match(head):
            return kind
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) and (text := _text(head)):
        return text
    if _begins_mpeg(head):
        return MP3
    if len(head) >= 64 and not any(head):
        return ZEROS
    return _text(head)


def tag_size(head: bytes) -> int:
    """Return the bytes of the ID3 tag that a file begins with."""
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    a, b, c, d = (byte & 0x7F for byte in head[6:10])
    return 10 + (a << 21 | b << 14 | c << 7 | d) + (10 if head[5] & 0x10 else 0)


def _begins_mpeg(head: bytes) -> bool:
    from s2s.audio.files.mpeg import read_frame

    return read_frame(head[:4]) is not None


def _text(head: bytes) -> Kind | None:
    marks = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
    encoding = next((name for mark, name in marks if head.startswith(mark)), "utf-8")
    head = head[: len(head) & ~1] if encoding == "utf-16" else head
    try:
        text = head.decode(encoding)
    except UnicodeDecodeError as exc:
        if exc.start < len(head) - 4:  # not just a letter that the end cuts in two
            return None
        text = head[: exc.start].decode(encoding)
    if not text or any(c < " " and c not in "\t\n\r\f\x1b" for c in text):
        return None
    begun = text.lstrip()
    for pattern, name in _TEXTS:
        if re.match(pattern, begun, re.DOTALL | re.IGNORECASE):
            return Kind(name, remedy=_remedy(name))
    return Kind("text", remedy=_LOOK)


def _remedy(name: str) -> str:
    if "playlist" in name or "SDP" in name:
        return "Give the recording that it names."
    if "pointer" in name:
        return "Fetch it: git lfs pull, or git annex get."
    return _LOOK
