"""A result that says exactly what the truth says: what a flawless station would answer."""


def perfect_result(truth: dict) -> dict:
    """The truth in the form of `station ingest --json`."""
    files = [
        {
            "path": file["path"],
            "refused": None,
            "images": [
                {
                    "index": image["index"],
                    "blank": image["blank"],
                    "separator": bool(image["separator"]),
                    "rotation": image["rotation"],
                    "skew": image["skew"],
                    "split": {"at": image["split"]["at"]} if image["split"] else None,
                    "barcodes": [
                        {"symbology": code["symbology"], "payload": code["payload"]}
                        for page in image["pages"]
                        for code in page["barcodes"]
                    ],
                    "pages": [
                        {
                            "side": page["side"],
                            "text": "\n".join(line["text"] for line in page["lines"]),
                            "blank": page["blank"],
                            "skew": page.get("skew"),
                        }
                        for page in image["pages"]
                    ],
                }
                for image in file["images"]
            ],
        }
        for file in truth["files"]
    ]
    documents = {document["id"]: document for document in truth["documents"]}
    dossiers = [
        {
            "dossier_code": dossier["dossier_code"],
            "matched_by": dossier["route"],
            "documents": [_document(documents[one]) for one in dossier["documents"]],
        }
        for dossier in truth["dossiers"]
    ]
    return {"files": files, "dossiers": dossiers}


def _document(document: dict) -> dict:
    return {
        "type": document["type"],
        "pages": [
            {"file": page["file"], "image": page["image"], "side": page["side"]} for page in document["pages"]
        ],
        "fields": {
            name: {"value": value, "confidence": 1.0, "flagged": False}
            for name, value in document["fields"].items()
        },
    }
