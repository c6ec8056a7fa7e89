"""LimeSurvey over RemoteControl 2 (JSON-RPC). The page for users is docs/sources/limesurvey.md."""
