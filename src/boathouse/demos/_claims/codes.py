"""Codes: what can be done, for what, by whom; diagnoses by ICD-10, procedures of a made-up schedule of fees."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Procedure:
    """What is billed: its fee, how far amounts lie from it, the class of its encounter, and how long one lasts."""

    about: str
    fee: float
    spread: float = 0.15  # sigma of the logarithm of what is billed
    setting: str = "ambulatory"
    days: float = 0.02  # the median; half an hour


@dataclass(frozen=True)
class Reason:
    """Why somebody comes: a diagnosis, who can have it, what is done for it, and how often they come again."""

    diagnosis: str
    about: str
    weight: float
    procedures: dict[str, float]
    ages: tuple[int, int] = (0, 105)
    gender: str = ""  # of those who can have it; all where empty
    visits: tuple[int, int] = (1, 1)
    gap: int = 30  # days between two visits
    then: dict[str, float] = field(default_factory=dict)  # what is done after the first visit, where that differs


INPATIENT, OUTPATIENT, EMERGENCY, WELLNESS = "inpatient", "outpatient", "emergency", "wellness"

PROCEDURES = {
    "OV1": Procedure("Office visit, minimal", 40, 0.12, days=0.01),
    "OV2": Procedure("Office visit, short", 75, 0.12, days=0.012),
    "OV3": Procedure("Office visit, medium", 115, 0.12, days=0.016),
    "OV4": Procedure("Office visit, long", 170, 0.12, days=0.022),
    "OV5": Procedure("Office visit, very long", 240, 0.12, days=0.032),
    "WEL1": Procedure("Yearly check of an adult", 165, 0.1, WELLNESS, 0.03),
    "WEL2": Procedure("Check of a child", 130, 0.1, WELLNESS, 0.02),
    "VAC1": Procedure("Vaccination", 38, 0.1, WELLNESS, 0.007),
    "LAB1": Procedure("Blood count", 32, 0.1, days=0.005),
    "LAB2": Procedure("Metabolic panel", 74, 0.12, days=0.005),
    "LAB3": Procedure("Lipid panel", 48, 0.1, days=0.005),
    "IMG1": Procedure("X-ray", 98, 0.15, OUTPATIENT, 0.02),
    "IMG2": Procedure("Ultrasound", 215, 0.18, OUTPATIENT, 0.03),
    "IMG3": Procedure("Computed tomography", 680, 0.22, OUTPATIENT, 0.04),
    "IMG4": Procedure("Magnetic resonance imaging", 940, 0.22, OUTPATIENT, 0.05),
    "CAR1": Procedure("Electrocardiogram", 62, 0.12, days=0.012),
    "CAR2": Procedure("Echocardiogram", 430, 0.18, OUTPATIENT, 0.04),
    "CAR3": Procedure("Cardiac catheterisation", 9_400, 0.25, INPATIENT, 1.8),
    "CAR4": Procedure("Pacemaker", 21_500, 0.25, INPATIENT, 3.1),
    "ORT1": Procedure("Injection into a joint", 265, 0.15),
    "ORT2": Procedure("Arthroscopy of the knee", 5_300, 0.22, OUTPATIENT, 0.3),
    "ORT3": Procedure("Replacement of the hip", 24_500, 0.2, INPATIENT, 4.2),
    "ORT4": Procedure("Plaster cast", 470, 0.18, EMERGENCY, 0.15),
    "DER1": Procedure("Skin biopsy", 215, 0.15),
    "DER2": Procedure("Excision of a lesion", 545, 0.18, OUTPATIENT, 0.06),
    "DER3": Procedure("Cryotherapy", 128, 0.12),
    "OBS1": Procedure("Prenatal visit", 150, 0.1, days=0.02),
    "OBS2": Procedure("Delivery", 11_600, 0.18, INPATIENT, 2.3),
    "OBS3": Procedure("Caesarean section", 16_800, 0.18, INPATIENT, 3.6),
    "OBS4": Procedure("Cervical smear", 92, 0.1, WELLNESS, 0.012),
    "PSY1": Procedure("Psychotherapy, 45 minutes", 142, 0.1, days=0.031),
    "PSY2": Procedure("Psychotherapy, 60 minutes", 192, 0.1, days=0.042),
    "PSY3": Procedure("Psychiatric evaluation", 295, 0.12, days=0.06),
    "PHY1": Procedure("Therapeutic exercise", 86, 0.1, OUTPATIENT, 0.031),
    "PHY2": Procedure("Manual therapy", 98, 0.1, OUTPATIENT, 0.025),
    "PHY3": Procedure("Evaluation for therapy", 152, 0.1, OUTPATIENT, 0.042),
    "EMG1": Procedure("Emergency visit, medium", 540, 0.2, EMERGENCY, 0.12),
    "EMG2": Procedure("Emergency visit, high", 890, 0.2, EMERGENCY, 0.18),
    "EMG3": Procedure("Emergency visit, critical", 1_480, 0.22, EMERGENCY, 0.3),
    "EMG4": Procedure("Suture of a wound", 395, 0.18, EMERGENCY, 0.1),
    "EYE1": Procedure("Examination of the eyes", 112, 0.1, days=0.02),
    "EYE2": Procedure("Cataract surgery", 3_350, 0.18, OUTPATIENT, 0.18),
    "GAS1": Procedure("Colonoscopy", 1_480, 0.2, OUTPATIENT, 0.22),
    "GAS2": Procedure("Gastroscopy", 980, 0.2, OUTPATIENT, 0.16),
    "SUR1": Procedure("Removal of the appendix", 14_800, 0.22, INPATIENT, 2.2),
    "SUR2": Procedure("Removal of the gallbladder", 12_900, 0.22, INPATIENT, 1.7),
    "SUR3": Procedure("Repair of a hernia", 6_400, 0.2, OUTPATIENT, 0.35),
    "URO1": Procedure("Cystoscopy", 640, 0.18, OUTPATIENT, 0.06),
    "URO2": Procedure("Removal of the prostate", 18_700, 0.2, INPATIENT, 2.9),
}

LEVELS = (
    ("OV1", "OV2", "OV3", "OV4", "OV5"),
    ("EMG1", "EMG2", "EMG3"),
    ("PSY1", "PSY2"),
    ("IMG1", "IMG2", "IMG3", "IMG4"),
)
BUNDLES = {  # what is paid as one, and the parts that a cheat bills one by one
    "CAR3": ("CAR2", "CAR1", "IMG3", "LAB2"), "ORT2": ("ORT1", "IMG4", "OV4"), "GAS1": ("GAS2", "LAB2", "OV4"),
    "EYE2": ("EYE1", "OV4", "IMG2"), "DER2": ("DER1", "DER3", "OV3"), "EMG2": ("EMG4", "IMG1", "LAB1", "OV4"),
    "SUR3": ("IMG2", "LAB2", "OV5"), "WEL1": ("OV3", "LAB1", "LAB2", "LAB3", "VAC1"),
}  # fmt: skip
EXTRAS = {"ambulatory": ("LAB1", "LAB2", "LAB3", "CAR1"), OUTPATIENT: ("LAB1", "LAB2", "OV2"),
          EMERGENCY: ("LAB1", "LAB2", "IMG1", "CAR1"), INPATIENT: ("LAB2", "IMG1", "IMG3", "CAR1"),
          WELLNESS: ("LAB1", "LAB3", "VAC1")}  # fmt: skip
ADULT, OLD, CHILD, FERTILE = (18, 105), (50, 105), (0, 17), (16, 47)

SPECIALTIES: dict[str, tuple[float, tuple[Reason, ...]]] = {  # the share of what begins there, and why people come
    "GENERAL PRACTICE": (26, (
        Reason("J06.9", "Common cold", 20, {"OV1": 3, "OV2": 6, "OV3": 1}),
        Reason("I10", "High blood pressure", 16, {"OV2": 3, "OV3": 5, "OV4": 1}, (30, 105), visits=(2, 5), gap=60),
        Reason("E11.9", "Diabetes", 12, {"OV3": 5, "OV4": 2, "LAB2": 2}, (30, 105), visits=(2, 6), gap=50),
        Reason("Z00.0", "Yearly check", 12, {"WEL1": 9, "VAC1": 1}, ADULT),
        Reason("M54.5", "Low back pain", 10, {"OV2": 3, "OV3": 4, "IMG1": 1}, (16, 105), visits=(1, 2), gap=12),
        Reason("N39.0", "Infection of the urinary tract", 6, {"OV2": 5, "OV3": 2, "LAB1": 2}, (12, 105)),
    )),
    "INTERNAL MEDICINE": (12, (
        Reason("E78.5", "High cholesterol", 10, {"OV3": 5, "LAB3": 4, "OV4": 1}, (35, 105), visits=(1, 3), gap=80),
        Reason("J44.9", "Chronic lung disease", 6, {"OV4": 5, "OV3": 2, "IMG1": 2}, (45, 105), visits=(2, 5), gap=40),
        Reason("K21.9", "Reflux", 6, {"OV3": 5, "GAS2": 2}, ADULT),
        Reason("N18.3", "Kidney disease", 4, {"OV4": 3, "LAB2": 5}, OLD, visits=(2, 6), gap=35),
    )),
    "CARDIOLOGY": (8, (
        Reason("I25.1", "Disease of the coronary arteries", 6, {"CAR1": 4, "CAR2": 3, "OV4": 4, "CAR3": 0.6}, (40, 105), visits=(1, 4), gap=45),
        Reason("I48.9", "Atrial fibrillation", 4, {"CAR1": 5, "CAR2": 3, "OV4": 2, "CAR4": 0.3}, OLD, visits=(1, 4), gap=40),
        Reason("R07.9", "Chest pain", 4, {"CAR1": 5, "OV3": 2, "CAR2": 2}, (25, 105)),
    )),
    "ORTHOPEDIC SURGERY": (8, (
        Reason("M17.1", "Arthrosis of the knee", 5, {"ORT1": 4, "OV3": 4, "IMG4": 1, "ORT2": 0.7}, (45, 105), visits=(1, 3), gap=30),
        Reason("M16.1", "Arthrosis of the hip", 2, {"ORT3": 1}, (55, 105), visits=(2, 4), gap=14, then={"OV2": 3, "OV3": 2, "IMG1": 2}),
        Reason("S52.5", "Fracture of the forearm", 3, {"ORT4": 5, "IMG1": 2}, (3, 95), visits=(1, 3), gap=12, then={"OV2": 3, "IMG1": 3}),
        Reason("S83.2", "Tear of the meniscus", 2, {"IMG4": 3, "ORT2": 2, "OV3": 3}, (14, 65), visits=(1, 3), gap=15),
    )),
    "DERMATOLOGY": (6, (
        Reason("L57.0", "Actinic keratosis", 5, {"DER3": 5, "DER1": 2, "OV2": 2}, (45, 105)),
        Reason("L70.0", "Acne", 4, {"OV2": 6, "OV3": 2}, (11, 35), visits=(1, 4), gap=40),
        Reason("C44.9", "Skin cancer", 2, {"DER2": 4, "DER1": 2}, (40, 105), visits=(1, 3), gap=14, then={"OV2": 3, "OV3": 2}),
    )),
    "OBSTETRICS & GYNECOLOGY": (8, (
        Reason("Z34.9", "Pregnancy", 5, {"OBS1": 7, "IMG2": 2}, FERTILE, "F", (3, 8), 26),
        Reason("O80", "Birth", 1.6, {"OBS2": 3, "OBS3": 1.2}, FERTILE, "F"),
        Reason("Z12.4", "Screening of the cervix", 4, {"OBS4": 8, "OV2": 1}, (21, 70), "F"),
        Reason("N92.0", "Heavy periods", 2, {"OV3": 5, "IMG2": 3}, (13, 52), "F"),
    )),
    "PSYCHIATRY": (6, (
        Reason("F32.9", "Depression", 5, {"PSY3": 1}, (13, 95), visits=(3, 9), gap=14, then={"PSY1": 6, "PSY2": 3}),
        Reason("F41.1", "Anxiety", 5, {"PSY3": 1}, (13, 95), visits=(2, 8), gap=14, then={"PSY1": 7, "PSY2": 2}),
    )),
    "PHYSICAL THERAPY": (7, (
        Reason("M54.2", "Neck pain", 4, {"PHY3": 1}, (16, 90), visits=(4, 9), gap=4, then={"PHY1": 5, "PHY2": 5}),
        Reason("M25.5", "Pain in a joint", 4, {"PHY3": 1}, (16, 95), visits=(3, 8), gap=4, then={"PHY1": 7, "PHY2": 2}),
    )),
    "EMERGENCY MEDICINE": (7, (
        Reason("S61.0", "Wound of a hand", 4, {"EMG4": 6, "EMG1": 3}, (2, 95)),
        Reason("R10.4", "Pain in the abdomen", 4, {"EMG1": 4, "EMG2": 4, "IMG3": 1}),
        Reason("I21.9", "Heart attack", 1, {"EMG3": 6, "CAR3": 1}, (40, 105)),
    )),
    "PEDIATRIC MEDICINE": (8, (
        Reason("Z00.1", "Check of a child", 8, {"WEL2": 6, "VAC1": 4}, CHILD, visits=(1, 3), gap=60),
        Reason("H66.9", "Infection of an ear", 6, {"OV2": 6, "OV3": 3}, (0, 14)),
        Reason("J45.9", "Asthma", 4, {"OV3": 5, "OV4": 2}, CHILD, visits=(1, 4), gap=45),
    )),
    "OPHTHALMOLOGY": (4, (
        Reason("H52.1", "Short sight", 5, {"EYE1": 8, "OV1": 1}, (5, 90)),
        Reason("H25.9", "Cataract", 2, {"EYE2": 4, "EYE1": 3}, (55, 105), visits=(1, 3), gap=14, then={"EYE1": 5, "OV1": 2}),
    )),
    "GENERAL SURGERY": (5, (
        Reason("K35.8", "Appendicitis", 2, {"SUR1": 8}, (4, 70), visits=(1, 2), gap=12, then={"OV2": 1}),
        Reason("K80.2", "Gallstones", 2, {"SUR2": 4, "IMG2": 4}, (25, 95), visits=(1, 2), gap=12, then={"OV2": 1}),
        Reason("K40.9", "Hernia", 3, {"SUR3": 6, "OV3": 3}, (1, 95), visits=(1, 2), gap=12, then={"OV2": 1}),
        Reason("Z12.1", "Screening of the bowel", 4, {"GAS1": 8}, (45, 80)),
    )),
    "UROLOGY": (3, (
        Reason("N40.1", "Enlarged prostate", 5, {"OV3": 5, "LAB1": 3, "URO1": 2}, OLD, "M", (1, 3), 60),
        Reason("C61", "Cancer of the prostate", 1, {"URO2": 2, "IMG4": 2, "OV4": 4}, OLD, "M", (1, 3), 20),
        Reason("N20.0", "Kidney stone", 3, {"URO1": 3, "IMG3": 3, "OV3": 3}, (20, 90)),
    )),
}  # fmt: skip
DIAGNOSES = {reason.diagnosis: reason for _, reasons in SPECIALTIES.values() for reason in reasons}
SPECIALTY_OF = {reason.diagnosis: name for name, (_, reasons) in SPECIALTIES.items() for reason in reasons}
