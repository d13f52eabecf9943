"""Read: one declared source, as it was delivered.

What belongs here is everything between bytes on a disk and a DuckDB relation of text: nothing is converted,
repaired, filtered or forgotten. What a value *means* is decided one stage later, in ``datasets``.

* ``format``       how a delivered file is declared to look (``auto`` wherever the file can tell by itself)
* ``files``        the one door: :func:`~qms_reports.sources.files.open_file` gives a ``RawTable`` for any file
* ``raw_table``    what comes out of the door, and the copy that is written when DuckDB cannot read the file as it is
* ``sniffing``     what a file is: container, text encoding, delimiter
* ``transcoding``  from any bytes to clean UTF-8 text, with damage made visible instead of removed
* ``delimited``, ``json_records``, ``workbooks``, ``parquet_files``   one module for each family of formats

A source that is not a file (HTTP, SQL, a stream) delivers its answer *as* a file and walks through the same door,
so there is one place where physical problems are found and one form in which evidence is kept.
"""
