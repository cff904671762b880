"""News agencies, and places they file from, as datelines spell them. Data."""

from __future__ import annotations

AGENCIES = (
    *("AP", "Associated Press", "The Associated Press", "Reuters", "REUTERS", "Thomson Reuters"),
    *("AFP", "Agence France-Presse", "UPI", "CNN", "CNN Business", "Bloomberg", "BLOOMBERG"),
    *("Xinhua", "CGTN", "China Daily", "Yonhap", "Kyodo", "Kyodo News", "KYODO", "Jiji Press"),
    *("KCNA", "CNA", "Bernama", "BERNAMA", "ANTARA", "Antara", "VNA", "PNA", "AAP"),
    *("PTI", "ANI", "IANS", "UNI", "APP", "BSS", "UNB", "AA", "Anadolu", "Anadolu Agency"),
    *("IRNA", "ISNA", "MNA", "WAM", "SPA", "QNA", "KUNA", "BNA", "MENA", "SANA", "NAN", "GNA"),
    *("TASS", "Interfax", "INTERFAX", "Sputnik", "RIA Novosti", "Ukrinform", "BelTA", "Trend"),
    *("dpa", "DPA", "APA", "SDA", "ATS", "Keystone-SDA", "Keystone-ATS", "Belga", "BELGA", "ANP"),
    *("ANSA", "Adnkronos", "askanews", "LaPresse", "EFE", "EUROPA PRESS", "Europa Press", "Lusa"),
    *("NTB", "TT", "STT", "PAP", "CTK", "ČTK", "MTI", "BTA", "Agerpres", "Tanjug", "HINA", "Hina"),
    *("CP", "The Canadian Press", "La Presse Canadienne", "VOA", "RFE/RL", "RFA", "NPR", "TNS"),
    *("BUSINESS WIRE", "GLOBE NEWSWIRE", "PRNewswire", "PRNEWSWIRE", "ACCESSWIRE", "Newsfile"),
    *("ТАСС", "Интерфакс", "РИА Новости", "Рейтер", "УНИАН", "БелТА", "БЕЛТА"),
    *("رويترز", "أ ف ب", "ا ف ب", "أ.ف.ب", "د ب أ", "سبوتنيك", "شينخوا", "واس", "وام"),
)

# All-capitals places that stand alone in front of a dash.
CITIES = frozenset(
    (
        *("ABU DHABI", "ALGIERS", "AMMAN", "AMSTERDAM", "ANCHORAGE", "ANKARA", "ATHENS", "ATLANTA"),
        *(
            "BAGHDAD",
            "BALTIMORE",
            "BANGKOK",
            "BARCELONA",
            "BEIJING",
            "BEIRUT",
            "BELFAST",
            "BELGRADE",
        ),
        *("BERLIN", "BOGOTA", "BOGOTÁ", "BOSTON", "BRASILIA", "BRUSSELS", "BUCHAREST", "BUDAPEST"),
        *("BUENOS AIRES", "CAIRO", "CANBERRA", "CARACAS", "CHICAGO", "CINCINNATI", "CLEVELAND"),
        *("COLOMBO", "COPENHAGEN", "DALLAS", "DAMASCUS", "DAVOS", "DENVER", "DETROIT", "DHAKA"),
        *("DJIBOUTI", "DOHA", "DUBAI", "DUBLIN", "EDINBURGH", "FRANKFURT", "GAZA CITY", "GENEVA"),
        *("GUATEMALA CITY", "HANOI", "HARARE", "HAVANA", "HELSINKI", "HO CHI MINH CITY"),
        *("HONG KONG", "HONOLULU", "HOUSTON", "INDIANAPOLIS", "ISLAMABAD", "ISTANBUL", "JAKARTA"),
        *(
            "JERUSALEM",
            "JOHANNESBURG",
            "KABUL",
            "KATHMANDU",
            "KHARTOUM",
            "KINSHASA",
            "KUALA LUMPUR",
        ),
        *("KUWAIT CITY", "KYIV", "LAGOS", "LAS VEGAS", "LIMA", "LISBON", "LONDON", "LOS ANGELES"),
        *("LUXEMBOURG", "MADRID", "MANILA", "MELBOURNE", "MEXICO CITY", "MIAMI", "MILAN"),
        *("MILWAUKEE", "MINNEAPOLIS", "MINSK", "MONTREAL", "MOSCOW", "MUMBAI", "MUNICH", "NAIROBI"),
        *("NEW DELHI", "NEW ORLEANS", "NEW YORK", "NICOSIA", "OKLAHOMA CITY", "OSLO", "OTTAWA"),
        *("PANAMA CITY", "PARIS", "PHILADELPHIA", "PHNOM PENH", "PHOENIX", "PITTSBURGH", "PRAGUE"),
        *("PRETORIA", "PYONGYANG", "QUEBEC CITY", "RAMALLAH", "RIGA", "RIO DE JANEIRO", "RIYADH"),
        *("ROME", "SALT LAKE CITY", "SAN ANTONIO", "SAN DIEGO", "SAN FRANCISCO", "SANTIAGO"),
        *("SAO PAULO", "SÃO PAULO", "SEATTLE", "SEOUL", "SHANGHAI", "SINGAPORE", "SOFIA"),
        *("ST. LOUIS", "ST. PETERSBURG", "STOCKHOLM", "SYDNEY", "TAIPEI", "TALLINN", "TBILISI"),
        *("TEHRAN", "TEL AVIV", "TOKYO", "TORONTO", "TRIPOLI", "TUNIS", "UNITED NATIONS"),
        *("VATICAN CITY", "VIENNA", "VILNIUS", "WARSAW", "WASHINGTON", "WELLINGTON", "YEREVAN"),
        *("ZAGREB", "ZURICH"),
    )
)

# What may stand behind an all-capitals place and a comma.
REGIONS = frozenset(
    (
        *("Ala.", "Ariz.", "Ark.", "Calif.", "Colo.", "Conn.", "D.C.", "Del.", "Fla.", "Ga."),
        *("Ill.", "Ind.", "Kan.", "Ky.", "La.", "Md.", "Mass.", "Mich.", "Minn.", "Miss.", "Mo."),
        *("Mont.", "N.C.", "N.D.", "N.H.", "N.J.", "N.M.", "N.Y.", "Neb.", "Nev.", "Okla.", "Ore."),
        *("Pa.", "R.I.", "S.C.", "S.D.", "Tenn.", "Va.", "Vt.", "W.Va.", "Wash.", "Wis.", "Wyo."),
        *("Alaska", "Hawaii", "Idaho", "Iowa", "Maine", "Ohio", "Texas", "Utah", "Puerto Rico"),
        *("Alberta", "British Columbia", "Manitoba", "Nova Scotia", "Ontario", "Quebec"),
        *("Afghanistan", "Albania", "Algeria", "Argentina", "Armenia", "Australia", "Austria"),
        *("Azerbaijan", "Bangladesh", "Belarus", "Belgium", "Bolivia", "Bosnia", "Brazil"),
        *("Bulgaria", "Cambodia", "Cameroon", "Canada", "Chad", "Chile", "China", "Colombia"),
        *("Congo", "Costa Rica", "Croatia", "Cuba", "Cyprus", "Denmark", "Ecuador", "Egypt"),
        *("El Salvador", "England", "Estonia", "Ethiopia", "Finland", "France", "Gaza Strip"),
        *("Georgia", "Germany", "Ghana", "Greece", "Guatemala", "Guinea", "Haiti", "Honduras"),
        *("Hungary", "Iceland", "India", "Indonesia", "Iran", "Iraq", "Ireland", "Israel"),
        *("Italy", "Ivory Coast", "Jamaica", "Japan", "Jordan", "Kazakhstan", "Kenya", "Kosovo"),
        *("Kyrgyzstan", "Laos", "Latvia", "Lebanon", "Liberia", "Libya", "Lithuania"),
        *("Madagascar", "Malawi", "Malaysia", "Mali", "Mexico", "Moldova", "Mongolia"),
        *("Montenegro", "Morocco", "Mozambique", "Myanmar", "Nepal", "Netherlands"),
        *("New Zealand", "Nicaragua", "Niger", "Nigeria", "North Korea", "North Macedonia"),
        *("Northern Ireland", "Norway", "Oman", "Pakistan", "Panama", "Papua New Guinea"),
        *("Paraguay", "Peru", "Philippines", "Poland", "Portugal", "Qatar", "Romania", "Russia"),
        *("Rwanda", "Saudi Arabia", "Scotland", "Senegal", "Serbia", "Sierra Leone", "Slovakia"),
        *("Slovenia", "Somalia", "South Africa", "South Korea", "South Sudan", "Spain"),
        *("Sri Lanka", "Sudan", "Sweden", "Switzerland", "Syria", "Taiwan", "Tajikistan"),
        *("Tanzania", "Thailand", "Tunisia", "Turkey", "Turkmenistan", "Uganda", "Ukraine"),
        *("United Arab Emirates", "Uruguay", "Uzbekistan", "Venezuela", "Vietnam", "Wales"),
        *("West Bank", "Yemen", "Zambia", "Zimbabwe"),
    )
)
