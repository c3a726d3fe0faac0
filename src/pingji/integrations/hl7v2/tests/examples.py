"""Messages as laboratories and hospitals send them."""

ORU = (
    "MSH|^~\\&|LIS|第一医院|PINGJI|CDC|20261121103000+0800|{token}|ORU^R01^ORU_R01|{key}|P|2.5"
    "||||||{charset}\r"
    "PID|1||8810^^^HIS^PI~511723199003074518^^^MPS^NI||王^小明||19900307|M|||"
    "普安镇^^^^^^^^511723100||13800000000\r"
    "OBR|1|P77|F2311-9|94500-6^新型冠状病毒核酸^LN|||20261121083000||||||||鼻咽拭子\r"
    "OBX|1|CWE|94500-6^新型冠状病毒核酸^LN||10828004^阳性^SCT||||||F|||20261121101500\r"
    "OBX|2|NM|94745-7^Ct^LN||24.6|||||| F|||20261121101500\r"
)
ADT = (
    "MSH|^~\\&|HIS|第一医院|PINGJI|CDC|20261121080500|{token}|ADT^A04^ADT_A01|{key}|P|2.5"
    "||||||{charset}\r"
    "EVN|A04|20261121080000\r"
    "PID|1||511723201803074511^^^MPS^NI||李^四||20180307|F|||^^^^^^^^511723101\r"
    "PV1|1|O|^^^|||||||儿科|||||||||V20261121-0042|||||||||||||||||||||||||20261121075500\r"
    "PV2|||^发热伴咳嗽3天,无腹泻\r"
    "DG1|1||J11.1^流行性感冒^I10\r"
)


def oru(key="M1", charset="UNICODE UTF-8", token="", text=ORU):
    """Bytes of a result message, in the character set it names."""
    encoding = "gb18030" if charset.startswith("GB") else "utf-8"
    return text.format(key=key, charset=charset, token=token).encode(encoding)


def adt(key="A1", charset="UNICODE UTF-8", token=""):
    """Bytes of a visit."""
    return oru(key, charset, token, text=ADT)
