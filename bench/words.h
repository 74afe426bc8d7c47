// The words that made-up people are made of. ASCII without quotation marks, so that they can stand in JSON and in a
// configuration file as they are.
#pragma once

#include <string_view>

namespace rollcall::bench {

inline constexpr std::string_view kFirstNames[] = {
    "Aaliyah", "Aaron",   "Abigail", "Adam",     "Adrian",   "Agnes",    "Ahmed",    "Aisha",    "Alan",    "Albert",
    "Alice",   "Amara",   "Amelia",  "Amir",     "Ana",      "Andrea",   "Andrew",   "Anika",    "Anna",    "Anthony",
    "Antonia", "Arjun",   "Arthur",  "Astrid",   "Aurora",   "Ayumi",    "Beatrice", "Benjamin", "Bianca",  "Boris",
    "Brian",   "Bruno",   "Camila",  "Carlos",   "Carmen",   "Caroline", "Catalina", "Cecilia",  "Chen",    "Chiara",
    "Chloe",   "Clara",   "Claudia", "Colin",    "Daniel",   "Daphne",   "David",    "Deepa",    "Diana",   "Diego",
    "Dmitri",  "Dominic", "Edith",   "Eduardo",  "Elena",    "Elias",    "Elif",     "Elisabeth", "Emil",   "Emily",
    "Enzo",    "Erik",    "Esther",  "Ethan",    "Eva",      "Farah",    "Fatima",   "Felix",    "Fiona",   "Florian",
    "Frances", "Gabriel", "George",  "Giulia",   "Grace",    "Gustav",   "Hana",     "Hannah",   "Harold",  "Hassan",
    "Helen",   "Henry",   "Hiroshi", "Hugo",     "Ibrahim",  "Ida",      "Ingrid",   "Irina",    "Isaac",   "Isabel",
    "Ivan",    "Jacob",   "James",   "Jasmine",  "Javier",   "Jin",      "Joana",    "Johan",    "John",    "Jonas",
    "Julia",   "Kai",     "Karim",   "Katarina", "Keiko",    "Kevin",    "Klara",    "Lars",     "Laura",   "Leah",
    "Leila",   "Leo",     "Liam",    "Lina",     "Linda",    "Louise",   "Lucas",    "Lucia",    "Luis",    "Magnus",
    "Mai",     "Marco",   "Maria",   "Martin",   "Maryam",   "Mateo",    "Mathilde", "Maya",     "Mei",     "Michael",
    "Mila",    "Miriam",  "Nadia",   "Naomi",    "Natalia",  "Nicolas",  "Nikhil",   "Nina",     "Noah",    "Nora",
    "Olga",    "Oliver",  "Omar",    "Oscar",    "Pablo",    "Patricia", "Paul",     "Pedro",    "Petra",   "Philip",
    "Priya",   "Rafael",  "Rahul",   "Rebecca",  "Ren",      "Rita",     "Robert",   "Rosa",     "Ruth",    "Samir",
    "Samuel",  "Sara",    "Sasha",   "Selma",    "Simon",    "Sofia",    "Stefan",   "Sunita",   "Susan",   "Sven",
    "Tamara",  "Teresa",  "Thomas",  "Tobias",   "Tomas",    "Uma",      "Valentina", "Vera",    "Victor",  "Wei",
    "William", "Xin",     "Yara",    "Yusuf",    "Zahra",    "Zoe"};

inline constexpr std::string_view kLastNames[] = {
    "Abbott",    "Adeyemi",  "Aguilar",  "Ahmed",     "Almeida",   "Andersen", "Anderson", "Arslan",    "Bakker",
    "Banerjee",  "Barbosa",  "Bauer",    "Becker",    "Bennett",   "Bergman",  "Bianchi",  "Blanc",     "Brown",
    "Campbell",  "Cardoso",  "Castillo", "Chang",     "Chaudhary", "Chen",     "Clarke",   "Cohen",     "Colombo",
    "Costa",     "Cruz",     "Dahl",     "Davies",    "Demir",     "Diaz",     "Dubois",   "Eriksson",  "Evans",
    "Farouk",    "Fernandez", "Ferrari", "Fischer",   "Fontaine",  "Foster",   "Fujita",   "Garcia",    "Gomez",
    "Gonzalez",  "Graham",   "Gupta",    "Hansen",    "Harris",    "Hassan",   "Hayashi",  "Hernandez", "Hoffmann",
    "Horvat",    "Hughes",   "Ibrahim",  "Ito",       "Ivanov",    "Jackson",  "Jansen",   "Jensen",    "Johansson",
    "Johnson",   "Jones",    "Kaya",     "Kelly",     "Khan",      "Kim",      "King",     "Kobayashi", "Koch",
    "Kowalski",  "Kumar",    "Larsen",   "Laurent",   "Lee",       "Lehmann",  "Lewis",    "Li",        "Lindberg",
    "Liu",       "Lopez",    "Martin",   "Martinez",  "Mehta",     "Mendes",   "Meyer",    "Miller",    "Molina",
    "Moore",     "Morales",  "Moreau",   "Morgan",    "Mori",      "Murphy",   "Nakamura", "Nguyen",    "Nielsen",
    "Novak",     "Okafor",   "Olsen",    "Ortiz",     "Osei",      "Park",     "Parker",   "Patel",     "Pereira",
    "Petrov",    "Pham",     "Popescu",  "Ramos",     "Rao",       "Reyes",    "Richter",  "Rivera",    "Roberts",
    "Rodriguez", "Romano",   "Rossi",    "Ruiz",      "Saito",     "Sanchez",  "Santos",   "Sato",      "Schmidt",
    "Schneider", "Schulz",   "Shah",     "Sharma",    "Silva",     "Singh",    "Smith",    "Sokolov",   "Suzuki",
    "Svensson",  "Takahashi", "Tanaka",  "Taylor",    "Thompson",  "Torres",   "Tran",     "Turner",    "Vargas",
    "Virtanen",  "Vogel",    "Walker",   "Wang",      "Watson",    "Weber",    "White",    "Wilson",    "Wong",
    "Wright",    "Yamamoto", "Yilmaz",   "Young",     "Zhang",     "Zhou",     "Zimmermann"};

inline constexpr std::string_view kTitles[] = {
    "Accountant",       "Account Executive", "Analyst",           "Art Director",    "Business Partner",
    "Controller",       "Data Scientist",    "Designer",          "Developer",       "Director of Operations",
    "Field Engineer",   "Head of Research",  "Legal Counsel",     "Librarian",       "Nurse",
    "Office Clerk",     "Pilot",             "Product Manager",   "Programmer",      "Project Manager",
    "Quality Engineer", "Recruiter",         "Sales Representative", "Senior Engineer", "Site Reliability Engineer",
    "Support Engineer", "Teacher",           "Technical Writer",  "Treasurer",       "Vice President"};

inline constexpr std::string_view kDepartments[] = {
    "Accounting", "Customer Success", "Data Platform", "Design",   "Engineering",  "Facilities",
    "Finance",    "Human Resources",  "Legal",         "Logistics", "Manufacturing", "Marketing",
    "Operations", "Procurement",      "Research",      "Sales",    "Security",     "Support"};

inline constexpr std::string_view kDivisions[] = {"Aerospace", "Consumer Products", "Energy",  "Health",
                                                  "Industrial", "Mobility",         "Services", "Software"};

inline constexpr std::string_view kStreets[] = {
    "Birch Lane",   "Canal Street", "Castle Road",  "Cedar Avenue", "Church Street", "Garden Square", "Harbour Road",
    "High Street",  "Hill Terrace", "King Street",  "Lake View",    "Linden Avenue", "Market Place",  "Meadow Way",
    "Mill Lane",    "Oak Avenue",   "Orchard Road", "Park Row",     "Queen Street",  "River Walk",    "School Lane",
    "Station Road", "Union Square", "Valley Drive", "West End",     "Windmill Hill"};

struct Place {
    std::string_view city, region, country, timezone;
};

inline constexpr Place kPlaces[] = {
    {"Amsterdam", "North Holland", "NL", "Europe/Amsterdam"}, {"Atlanta", "GA", "US", "America/New_York"},
    {"Austin", "TX", "US", "America/Chicago"},                {"Bangalore", "Karnataka", "IN", "Asia/Kolkata"},
    {"Barcelona", "Catalonia", "ES", "Europe/Madrid"},        {"Berlin", "Berlin", "DE", "Europe/Berlin"},
    {"Bogota", "Cundinamarca", "CO", "America/Bogota"},       {"Boston", "MA", "US", "America/New_York"},
    {"Cape Town", "Western Cape", "ZA", "Africa/Johannesburg"}, {"Chicago", "IL", "US", "America/Chicago"},
    {"Copenhagen", "Hovedstaden", "DK", "Europe/Copenhagen"}, {"Denver", "CO", "US", "America/Denver"},
    {"Dublin", "Leinster", "IE", "Europe/Dublin"},            {"Hamburg", "Hamburg", "DE", "Europe/Berlin"},
    {"Helsinki", "Uusimaa", "FI", "Europe/Helsinki"},         {"Istanbul", "Marmara", "TR", "Europe/Istanbul"},
    {"Lagos", "Lagos State", "NG", "Africa/Lagos"},           {"Lisbon", "Lisboa", "PT", "Europe/Lisbon"},
    {"London", "England", "GB", "Europe/London"},             {"Madrid", "Madrid", "ES", "Europe/Madrid"},
    {"Melbourne", "Victoria", "AU", "Australia/Melbourne"},   {"Milan", "Lombardy", "IT", "Europe/Rome"},
    {"Montreal", "QC", "CA", "America/Toronto"},              {"Nairobi", "Nairobi", "KE", "Africa/Nairobi"},
    {"New York", "NY", "US", "America/New_York"},             {"Osaka", "Osaka", "JP", "Asia/Tokyo"},
    {"Oslo", "Oslo", "NO", "Europe/Oslo"},                    {"Paris", "Ile-de-France", "FR", "Europe/Paris"},
    {"Prague", "Prague", "CZ", "Europe/Prague"},              {"San Francisco", "CA", "US", "America/Los_Angeles"},
    {"Sao Paulo", "SP", "BR", "America/Sao_Paulo"},           {"Seattle", "WA", "US", "America/Los_Angeles"},
    {"Seoul", "Seoul", "KR", "Asia/Seoul"},                   {"Singapore", "Singapore", "SG", "Asia/Singapore"},
    {"Stockholm", "Stockholm", "SE", "Europe/Stockholm"},     {"Sydney", "New South Wales", "AU", "Australia/Sydney"},
    {"Tokyo", "Tokyo", "JP", "Asia/Tokyo"},                   {"Toronto", "ON", "CA", "America/Toronto"},
    {"Warsaw", "Mazovia", "PL", "Europe/Warsaw"},             {"Zurich", "Zurich", "CH", "Europe/Zurich"}};

}  // namespace rollcall::bench
