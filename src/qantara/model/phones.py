"""One form for a telephone number, however it is written: country code and digits, nothing else."""

import re

_CALLING = """
AD376 AE971 AF93 AL355 AM374 AO244 AR54 AT43 AU61 AZ994 BA387 BD880 BE32 BF226 BG359 BH973 BI257
BJ229 BN673 BO591 BR55 BT975 BW267 BY375 BZ501 CA1 CD243 CF236 CG242 CH41 CI225 CL56 CM237 CN86
CO57 CR506 CU53 CV238 CY357 CZ420 DE49 DJ253 DK45 DZ213 EC593 EE372 EG20 ER291 ES34 ET251 FI358
FJ679 FR33 GA241 GB44 GE995 GH233 GM220 GN224 GQ240 GR30 GT502 GW245 GY592 HK852 HN504 HR385 HT509
HU36 ID62 IE353 IL972 IN91 IQ964 IR98 IS354 IT39 JO962 JP81 KE254 KG996 KH855 KM269 KP850 KR82 KW965
KZ7 LA856 LB961 LI423 LK94 LR231 LS266 LT370 LU352 LV371 LY218 MA212 MC377 MD373 ME382 MG261 MK389
ML223 MM95 MN976 MO853 MR222 MT356 MU230 MV960 MW265 MX52 MY60 MZ258 NA264 NE227 NG234 NI505 NL31
NO47 NP977 NZ64 OM968 PA507 PE51 PG675 PH63 PK92 PL48 PR1 PS970 PT351 PY595 QA974 RO40 RS381 RU7
RW250 SA966 SC248 SD249 SE46 SG65 SI386 SK421 SL232 SN221 SO252 SR597 SS211 SV503 SY963 SZ268 TD235
TG228 TH66 TJ992 TM993 TN216 TR90 TT1 TW886 TZ255 UA380 UG256 US1 UY598 UZ998 VE58 VN84 XK383 YE967
ZA27 ZM260 ZW263
"""
CALLING_CODES = {entry[:2]: entry[2:] for entry in _CALLING.split()}
"""By ISO 3166-1 alpha-2 (ITU E.164, 2026)."""

TRUNK_KEPT = frozenset({"IT"})
"""Where the leading 0 belongs to the number abroad, too."""

SHORTEST = 7
"""Digits below which a number is an extension, or nobody's in particular."""

_EXTENSION = re.compile(r"(?:ext\.?|x|#|;|,).*$", re.IGNORECASE)
_EASTERN = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")


def phone(written: str, country: str = "") -> str:
    """The number with its country code, digits alone: `+966 (0)11 400-0000` is 966114000000.

    A national number gets the code of `country`; without a country it stays national. "" for what
    is no telephone number.
    """
    told = _EXTENSION.sub("", written.translate(_EASTERN).strip()).replace("(0)", "")
    digits = re.sub(r"\D", "", told)
    if len(digits) < SHORTEST:
        return ""
    if told.lstrip(" (").startswith("+"):
        return digits
    if digits.startswith("00"):
        return digits[2:]
    code = CALLING_CODES.get(country, "")
    national = digits if country in TRUNK_KEPT else digits.removeprefix("0")
    if not code:
        return digits
    if digits.startswith(code) and len(digits) > SHORTEST + len(code):
        return digits
    return code + national
