"""Names of fields for the screens: what it is, and whose."""

from station.core.errors import N_
from station.ui.language import Language

# Whose value it is, by the beginning of the field's name; the longest beginning counts.
_ROLES = {
    "applicant": N_("applicant"),
    "owner": N_("owner"),
    "owner_spouse": N_("owner's spouse"),
    "party_a": N_("party A"),
    "party_a_spouse": N_("spouse of party A"),
    "party_b": N_("party B"),
    "party_b_spouse": N_("spouse of party B"),
    "principal": N_("principal"),
    "agent": N_("agent"),
    "husband": N_("husband"),
    "wife": N_("wife"),
    "taxpayer": N_("taxpayer"),
    "requester": N_("requester"),
    "parcel": N_("parcel of land"),
}
_WHAT = {
    "name": N_("Name"),
    "id": N_("ID number"),
    "dob": N_("Date of birth"),
    "address": N_("Address"),
    "phone": N_("Phone"),
}
_WHOLE = {
    "agency": N_("Addressed to"),
    "amount_vnd": N_("Amount, đồng"),
    "area_m2": N_("Area, m²"),
    "certificate_book_no": N_("Certificate book number"),
    "certificate_date": N_("Date of the certificate"),
    "certificate_serial": N_("Certificate serial"),
    "contract_date": N_("Date of the contract"),
    "contract_no": N_("Contract number"),
    "dob": N_("Date of birth"),
    "confirmed_at": N_("Date of confirmation"),
    "doc_date": N_("Date of the paper"),
    "doc_no": N_("Number of the paper"),
    "dossier_code": N_("Dossier code"),
    "due_at": N_("Due"),
    "expiry_date": N_("Valid until"),
    "full_name": N_("Full name"),
    "hometown": N_("Place of origin"),
    "id_number": N_("ID number"),
    "issue_date": N_("Date of issue"),
    "land_form": N_("Form of land use"),
    "land_origin": N_("Origin of land use"),
    "land_purpose": N_("Purpose of land use"),
    "land_term": N_("Term of land use"),
    "loan_vnd": N_("Loan, đồng"),
    "map_sheet": N_("Map sheet"),
    "marriage_date": N_("Date of marriage"),
    "nationality": N_("Nationality"),
    "notary_no": N_("Notary's number"),
    "notary_office": N_("Notary's office"),
    "parcel_no": N_("Parcel number"),
    "price_vnd": N_("Price, đồng"),
    "procedure_name": N_("Procedure"),
    "receipt_no": N_("Receipt number"),
    "received_at": N_("Received on"),
    "residence": N_("Residence"),
    "sex": N_("Sex"),
    "tax_code": N_("Tax code"),
    "tax_vnd": N_("Tax, đồng"),
}


def field_label(name: str, language: Language) -> str:
    """A field's name in the reader's language; one the office added itself is shown by its own name."""
    if name in _WHOLE:
        return language(_WHOLE[name])
    role, _, what = name.rpartition("_")
    if role in _ROLES and what in _WHAT:
        return f"{language(_WHAT[what])} · {language(_ROLES[role])}"
    return name.replace("_", " ")
