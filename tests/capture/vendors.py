"""Options as drivers of several makers list them: the spellings of their public manuals, cut to what matters."""

HEAD = "\nAll options specific to device `{}':\n"
AREA = """  Geometry:
    -l 0..{x}mm (in steps of 0.0211639) [0]
        Top-left x position of scan area.
    -t 0..{y}mm (in steps of 0.0211639) [0]
        Top-left y position of scan area.
    -x 0..{x}mm (in steps of 0.0211639) [{x}]
        Width of scan-area.
    -y 0..{y}mm (in steps of 0.0211639) [{y}]
        Height of scan-area.
"""

FUJITSU = (
    HEAD.format("fujitsu:fi-7600:0012345")
    + """  Standard:
    --source Flatbed|ADF Front|ADF Back|ADF Duplex|Card Front|Card Back|Card Duplex [ADF Front]
        Selects the scan source (such as a document-feeder).
    --mode Lineart|Halftone|Gray|Color [Lineart]
        Selects the scan mode (e.g., lineart, monochrome, or color).
    --resolution 50..600dpi (in steps of 1) [600]
        Sets the resolution of the scanned image.
  Geometry:
    --page-width 0..304.8mm (in steps of 0.0211639) [215.872]
        Specifies the width of the media.
    --page-height 0..5588mm (in steps of 0.0211639) [279.364]
        Specifies the height of the media.
    -l 0..215.872mm (in steps of 0.0211639) [0]
    -t 0..279.364mm (in steps of 0.0211639) [0]
    -x 0..215.872mm (in steps of 0.0211639) [215.872]
    -y 0..279.364mm (in steps of 0.0211639) [279.364]
  Enhancement:
    --brightness -127..127 (in steps of 1) [0]
        Controls the brightness of the acquired image.
    --rif[=(yes|no)] [no]
        Reverse image format
    --ht-type Default|Dither|Diffusion [inactive]
        Control type of halftone filter
  Advanced:
    --ald[=(yes|no)] [no] [advanced]
        Scanner detects paper lower edge. May confuse some frontends.
    --df-action Default|Continue|Stop [Default] [advanced]
        Action following double feed error
    --df-skew[=(yes|no)] [inactive] [advanced]
        Enable double feed error due to skew
    --df-thickness[=(yes|no)] [no] [advanced]
        Enable double feed error due to paper thickness
    --df-length[=(yes|no)] [no] [advanced]
        Enable double feed error due to paper length
    --swdeskew[=(yes|no)] [yes] [advanced]
        Request driver to rotate skewed pages digitally
    --swdespeck 0..9 (in steps of 1) [2]
        Maximum diameter of lone dots to remove from scan
    --swcrop[=(yes|no)] [no] [advanced]
        Request driver to remove border from pages digitally
    --swskip 0..100% (in steps of 0.100006) [5]
        Request driver to discard pages with low percentage of dark pixels
  Sensors and Buttons:
    --page-loaded[=(yes|no)] [yes] [hardware]
        Page loaded
    --cover-open[=(yes|no)] [no] [hardware]
        Cover open
    --double-feed[=(yes|no)] [no] [hardware]
        Double feed
"""
)

BROTHER = (
    HEAD.format("brother4:net1;dev0")
    + """  Mode:
    --mode Black & White|Gray[Error Diffusion]|True Gray|24bit Color|24bit Color[Fast] [24bit Color]
        Select the scan mode
    --resolution 100|150|200|300|400|600|1200|2400|4800|9600dpi [200]
        Sets the resolution of the scanned image.
    --source FlatBed|Automatic Document Feeder(left aligned)|Automatic Document Feeder(left aligned,Duplex)|"""
    + """Automatic Document Feeder(centrally aligned)|Automatic Document Feeder(centrally aligned,Duplex) """
    + """[Automatic Document Feeder(centrally aligned)]
        Selects the scan source (such as a document-feeder).
    --brightness -50..50% (in steps of 1) [inactive]
        Controls the brightness of the acquired image.
"""
    + AREA.format(x="211.9", y="355.6")
)

EPSON = (
    HEAD.format("epkowa:libusb:006:011")
    + """  Scan Mode:
    --mode Binary|Gray|Color [Binary]
        Selects the scan mode (e.g., lineart,monochrome, or color).
    --depth 8|16 [8]
        Number of bits per sample.
    --resolution 50..2400dpi [300]
        Sets the resolution of the scanned image.
    --wait-for-button[=(yes|no)] [yes]
        After sending the scan command, wait until the button on the scanner is pressed.
    --monitor-button[=(yes|no)] [no] [read-only]
        Indicates whether a button on the scanner has been pressed.
"""
    + AREA.format(x="215.9", y="297.18")
    + """  Optional equipment:
    --source Flatbed|Automatic Document Feeder|Transparency Unit [Flatbed]
        Selects the scan source (such as a document-feeder).
    --auto-eject[=(yes|no)] [no]
        Eject document after scanning
    --bay  1 | 2 | 3 | 4 | 5 | 6  [inactive]
        Select bay to scan
    --eject []
        Eject the sheet in the ADF
    --adf_mode Simplex|Duplex [Simplex]
        Selects the ADF mode (simplex/duplex)
    --detect-doc-size[=(yes|no)] [yes]
        Activates document size auto-detection.
    --double-feed-detection-sensitivity None|Low|High [None]
        Sets the sensitivity with which multi-sheet page feeds are detected.
"""
)

HP = (
    HEAD.format("hpaio:/net/HP_LaserJet_MFP?ip=192.0.2.30")
    + """  Scan mode:
    --mode Lineart|Grayscale|Color [Color]
        Selects the scan mode (e.g., lineart, monochrome, or color).
    --resolution 75..600dpi [75]
        Sets the resolution of the scanned image.
  Advanced:
    --compression None|JPEG [JPEG]
        Selects the scanner compression method for faster scans.
    --batch-scan[=(yes|no)] [no]
        Guarantees that a "no documents" condition will be returned after the last scanned page.
    --source Auto|Flatbed|ADF [Auto]
        Selects the desired scan source.
    --duplex[=(yes|no)] [no]
        Enables scanning on both sides of the page.
"""
    + AREA.format(x="215.9", y="381")
)

SAMSUNG = (
    HEAD.format("smfp:SAMSUNG;SCX-6x55;net")
    + """  Standard:
    --mode Black and White - Line Art|Grayscale - 256 Levels|Color - 16 Million Colors [Color - 16 Million Colors]
        Selects the scan mode.
    --resolution 75|100|150|200|300|600dpi [300]
    --source Flatbed|ADF Simplex|ADF Duplex - Short-Edge Binding|ADF Duplex - Long-Edge Binding [Flatbed]
"""
    + AREA.format(x="297.011", y="431.8")
)

CANON = (
    HEAD.format("canon_dr:libusb:001:002")
    + """  Scan Mode:
    --source ADF Front|ADF Back|ADF Duplex [ADF Front]
        Selects the scan source (such as a document-feeder).
    --mode Lineart|Halftone|Gray|Color [Lineart]
    --resolution 100|150|200|240|300|400|600dpi [300]
  Geometry:
    --page-width 0..305.011mm (in steps of 0.0211639) [215.872]
    --page-height 0..431.969mm (in steps of 0.0211639) [279.364]
    -l 0..305.011mm (in steps of 0.0211639) [0]
    -t 0..431.969mm (in steps of 0.0211639) [0]
    -x 0..305.011mm (in steps of 0.0211639) [215.872]
    -y 0..431.969mm (in steps of 0.0211639) [279.364]
  Enhancement:
    --df-thickness[=(yes|no)] [no]
        Detect double feed by comparing document thickness
    --rollerdeskew[=(yes|no)] [inactive]
    --swdeskew[=(yes|no)] [no]
    --swcrop[=(yes|no)] [no]
"""
)

SCANSNAP = (
    HEAD.format("epjitsu:libusb:001:018")
    + """  Scan Mode:
    --source ADF Front|ADF Back|ADF Duplex [ADF Front]
    --mode Lineart|Gray|Color [Lineart]
    --resolution 50..600dpi (in steps of 1) [300]
  Geometry:
    -t 0..289.353mm (in steps of 0.0211639) [0]
    --page-width 2.70898..219.428mm (in steps of 0.0211639) [215.872]
    --page-height 0..450.707mm (in steps of 0.0211639) [292.062]
"""
)

AIRSCAN = (
    HEAD.format("airscan:e0:Copier of the office")
    + """  Standard:
    --resolution 75|100|150|200|300|400|600dpi [300]
        Sets the resolution of the scanned image.
    --mode Color|Gray [Color]
        Selects the scan mode (e.g., lineart, monochrome, or color).
    --source Flatbed|ADF|ADF Duplex [Flatbed]
        Selects the scan source (such as a document-feeder).
"""
    + AREA.format(x="297.18", y="431.8")
    + """  Enhancement:
    --brightness -100..100% (in steps of 1) [0]
    --gamma 0.0999908..4 [1]
"""
)

BROTHER_NEW = (
    HEAD.format("brother5:bus1;dev2")
    + """  Mode:
    --mode 24 bit Color|Black & White|True Gray|Gray[Error Diffusion] [24 bit Color]
    --resolution 100|150|200|300|400|600dpi [200]
    --source FlatBed|Automatic Document Feeder(left aligned,Duplex)|Automatic Document Feeder(left aligned) [FlatBed]
    --MultifeedDetection[=(yes|no)] [no]
    --AutoDocumentSize[=(yes|no)] [yes]
    --AutoDeskew[=(yes|no)] [yes]
    --SkipBlankPage[=(yes|no)] [yes]
"""
    + AREA.format(x="215.9", y="355.6")
)

OLD_GLASS = (
    HEAD.format("plustek:libusb:002:003")
    + """  Scan Mode:
    --mode Lineart|Gray|Color [Color]
    --source Normal|Transparency|Negative [Normal]
    --resolution 50..1200dpi [50]
"""
    + AREA.format(x="215", y="297")
)

GREY_ONLY = (
    HEAD.format("old:grey")
    + """  Scan Mode:
    --mode Lineart|Gray [Gray]
    --resolution auto||75|150|200 [75]
    --source ADF|Document Table [ADF]
"""
)

ALL = {
    "fujitsu": FUJITSU,
    "brother": BROTHER,
    "brother_new": BROTHER_NEW,
    "epson": EPSON,
    "hp": HP,
    "samsung": SAMSUNG,
    "canon": CANON,
    "scansnap": SCANSNAP,
    "airscan": AIRSCAN,
    "old_glass": OLD_GLASS,
    "grey_only": GREY_ONLY,
}
