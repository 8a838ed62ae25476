"""The words that the demonstration catalogue is made of, English and Arabic side by side."""

# article, Arabic, weight in kg
ARTICLES = (
    ("Office Chair", "كرسي مكتب", 12.5),
    ("Desk", "مكتب", 34.0),
    ("Bookshelf", "رف كتب", 22.0),
    ("Filing Cabinet", "خزانة ملفات", 28.0),
    ("Meeting Table", "طاولة اجتماعات", 48.0),
    ("Floor Lamp", "مصباح أرضي", 6.5),
    ("Table Lamp", "مصباح طاولة", 2.2),
    ("Water Bottle", "زجاجة ماء", 0.4),
    ("Storage Box", "صندوق تخزين", 1.8),
    ("Door Handle", "مقبض باب", 0.7),
    ("Hinge", "مفصلة", 0.15),
    ("Cable Tray", "حامل كابلات", 3.1),
    ("Wall Clock", "ساعة حائط", 1.1),
    ("Coat Rack", "شماعة معاطف", 5.4),
    ("Waste Bin", "سلة مهملات", 0.9),
    ("Whiteboard", "سبورة بيضاء", 9.0),
    ("Tool Case", "حقيبة عدة", 4.2),
    ("Work Bench", "طاولة عمل", 41.0),
    ("Step Ladder", "سلم", 7.7),
    ("Garden Bench", "مقعد حديقة", 19.0),
    ("Flower Pot", "أصيص زهور", 2.6),
    ("Serving Tray", "صينية تقديم", 0.8),
    ("Coffee Pot", "دلة قهوة", 1.2),
    ("Prayer Rug", "سجادة صلاة", 1.5),
    ("Curtain Rod", "عمود ستارة", 1.9),
)
MATERIALS = (
    ("Oak", "بلوط"),
    ("Walnut", "جوز"),
    ("Steel", "فولاذ"),
    ("Aluminium", "ألمنيوم"),
    ("Glass", "زجاج"),
    ("Leather", "جلد"),
    ("Bamboo", "خيزران"),
    ("Copper", "نحاس"),
)
FINISHES = (
    ("Matt", "غير لامع"),
    ("Polished", "مصقول"),
    ("Brushed", "مفرش"),
    ("Natural", "طبيعي"),
    ("Lacquered", "مطلي"),
)
SIZES = (("Small", "صغير"), ("Medium", "متوسط"), ("Large", "كبير"), ("Extra Large", "كبير جدا"))
COLOURS = (
    ("White", "أبيض"),
    ("Black", "أسود"),
    ("Green", "أخضر"),
    ("Blue", "أزرق"),
    ("Red", "أحمر"),
)
DEPARTMENTS = {
    "Furniture": ("Chairs", "Desks", "Shelves", "Cabinets", "Tables", "Benches"),
    "Lighting": ("Floor Lamps", "Table Lamps", "Ceiling Lights", "Outdoor Lights"),
    "Kitchen": ("Pots", "Trays", "Bottles", "Storage", "Cutlery"),
    "Hardware": ("Handles", "Hinges", "Locks", "Fasteners", "Rods"),
    "Tools": ("Cases", "Ladders", "Work Benches", "Hand Tools"),
    "Office": ("Boards", "Clocks", "Bins", "Racks"),
    "Garden": ("Garden Benches", "Flower Pots", "Fountains"),
    "Textiles": ("Rugs", "Curtains", "Cushions"),
}
# city, Arabic, country, state
CITIES = (
    ("Riyadh", "الرياض", "sa", "ruh"),
    ("Jeddah", "جدة", "sa", "mkh"),
    ("Dammam", "الدمام", "sa", "esh"),
    ("Dubai", "دبي", "ae", "du"),
    ("Cairo", "القاهرة", "eg", "c"),
    ("Kuwait City", "مدينة الكويت", "kw", ""),
    ("Manama", "المنامة", "bh", ""),
)
TRADES = ("Trading", "Furniture House", "Contracting", "Home Stores", "Supplies", "Interiors")
TRADES_ARABIC = ("التجارة", "بيت الأثاث", "المقاولات", "متاجر المنزل", "التوريدات", "الديكور")
CONTACTS = (
    ("Ahmed Hassan", "أحمد حسن"),
    ("Fatimah Al-Zahrani", "فاطمة الزهراني"),
    ("Omar Khalid", "عمر خالد"),
    ("Sara Mansour", "سارة منصور"),
    ("Olena Kovalenko", "أولينا كوفالينكو"),
    ("Yusuf Ibrahim", "يوسف إبراهيم"),
    ("Mariam Saeed", "مريم سعيد"),
)
