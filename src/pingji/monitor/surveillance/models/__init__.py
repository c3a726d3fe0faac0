"""What was reported, by whom, through which channel, and what is watched."""

from pingji.monitor.surveillance.models.cards import (
    CaseReport,
    CaseVersion,
    DuplicatePair,
    Source,
)
from pingji.monitor.surveillance.models.catalogue import (
    CaseDefinition,
    CaseStatus,
    Channel,
    ClusterThreshold,
    DetectorSetting,
    Disease,
    DiseaseClass,
    DiseaseName,
    ReportingDeadline,
)
from pingji.monitor.surveillance.models.counts import (
    Count,
    Period,
    Tally,
    TallyEntry,
    TallyMark,
    TallyMonth,
)
from pingji.monitor.surveillance.models.exports import (
    Export,
    SavedSearch,
)
from pingji.monitor.surveillance.models.imports import (
    ColumnMapping,
    Import,
    RowAnswer,
)
from pingji.monitor.surveillance.models.intake import (
    MAY_SEND,
    POSTS,
    Format,
    Message,
    Sender,
)
from pingji.monitor.surveillance.models.sentinels import (
    CalendarEntry,
    Sentinel,
    SentinelItem,
    SentinelReport,
    SentinelType,
    SentinelValue,
    Silence,
)
from pingji.monitor.surveillance.models.symptoms import (
    ReadingWord,
    Symptom,
    SyndromeRule,
)
from pingji.monitor.surveillance.models.visits import (
    LabResult,
    Visit,
)

__all__ = [
    "CalendarEntry",
    "CaseDefinition",
    "CaseReport",
    "CaseStatus",
    "CaseVersion",
    "Channel",
    "ClusterThreshold",
    "ColumnMapping",
    "Count",
    "DetectorSetting",
    "Disease",
    "DiseaseClass",
    "DiseaseName",
    "DuplicatePair",
    "Export",
    "Format",
    "MAY_SEND",
    "POSTS",
    "Import",
    "LabResult",
    "Message",
    "Period",
    "ReadingWord",
    "ReportingDeadline",
    "RowAnswer",
    "SavedSearch",
    "Sender",
    "Sentinel",
    "SentinelItem",
    "SentinelReport",
    "SentinelType",
    "SentinelValue",
    "Silence",
    "Source",
    "Symptom",
    "SyndromeRule",
    "Tally",
    "TallyEntry",
    "TallyMark",
    "TallyMonth",
    "Visit",
]
