"""Named connectors: systems that retailers have, read over their APIs and landed as the vendor shapes them.

    evermart.toml -> Connector -> Reader (one per vendor) -> passes -> spool -> dlt -> lake, landing log

One folder per vendor holds its settings and tables (`config.py`, light) and its reader (`reader.py`). What all vendors
share is beside them: the bounded HTTP session, the record's key and shape, the passes over a table, what the lake
knows already, landing. No vendor's folder imports another's. What a vendor's fields mean is said in dbt's staging.
"""
